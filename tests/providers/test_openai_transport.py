"""The provider's own HTTP transport, against servers that say every byte of theirs as a test wants it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from bench.upstream import ScriptedUpstream
from chat.providers.openai import OpenAIProvider
from chat.providers.openai_socket import MAX_BUFFERED_BYTES, MAX_HEAD_BYTES
from chat.providers.openai_transport import AsyncioTransport
from tests.providers.asking import ask
from tests.waiting import wait_until

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhello world"
AFTER_AN_INTERIM_ONE = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + COUNTED


@asynccontextmanager
async def client_of(serve: Serve) -> AsyncIterator[httpx2.AsyncClient]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with httpx2.AsyncClient(transport=AsyncioTransport(), base_url=url, timeout=2) as client:
        yield client
    server.close()
    await server.wait_closed()


def saying(answer: bytes, *, piece_bytes: int) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for start in range(0, len(answer), piece_bytes):
            writer.write(answer[start : start + piece_bytes])
            await writer.drain()

    return serve


@pytest.mark.parametrize("piece_bytes", [1, 7, 1000])
@pytest.mark.parametrize("answer", [CHUNKED, COUNTED, UNTIL_THE_END, AFTER_AN_INTERIM_ONE])
async def test_an_answer_is_read_however_it_is_split(answer: bytes, piece_bytes: int) -> None:
    async with client_of(saying(answer, piece_bytes=piece_bytes)) as client:
        response = await client.get("/")

    assert (response.status_code, response.content) == (200, b"hello world")


@pytest.mark.parametrize("kept", [len(CHUNKED) - 1, len(CHUNKED) - 8, 20])
async def test_an_answer_that_breaks_off_is_an_error(kept: int) -> None:
    async with client_of(saying(CHUNKED[:kept], piece_bytes=1000)) as client:
        with pytest.raises(httpx2.ReadError):
            await client.get("/")


async def test_what_is_no_http_is_an_error() -> None:
    async with client_of(saying(b"SSH-2.0-OpenSSH_9.2\r\n", piece_bytes=1000)) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_headers_without_an_end_are_not_collected() -> None:
    endless = b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 0123456789\r\n" * (MAX_HEAD_BYTES // 20)
    async with client_of(saying(endless, piece_bytes=4096)) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_silence_in_the_middle_of_an_answer_is_noticed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED[:60])
        await reader.read()

    async with client_of(serve) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/")


async def test_a_header_cannot_break_out_of_its_line() -> None:
    async with client_of(saying(COUNTED, piece_bytes=1000)) as client:
        with pytest.raises(httpx2.LocalProtocolError):
            await client.get("/", headers={"Authorization": "Bearer key\r\nX-Evil: 1"})


async def test_nobody_listening_is_a_connection_error() -> None:
    async with httpx2.AsyncClient(transport=AsyncioTransport()) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")


async def test_a_reader_that_is_slow_holds_the_sender_back() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(bytes(100_000))
            await writer.drain()

    async with client_of(serve) as client, client.stream("GET", "/") as response:
        connection = response.extensions["parts"]._connection

        await wait_until(lambda: connection._is_paused)

        assert connection._buffered_bytes < 2 * MAX_BUFFERED_BYTES


async def test_without_the_parser_in_c_the_client_s_own_transport_serves(
    upstream: ScriptedUpstream, openai_provider: OpenAIProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chat.providers.openai_transport", None)

    answer = await ask(openai_provider, "tokens count=50")

    assert answer.error is None
    assert len(answer.text.split()) == 50
