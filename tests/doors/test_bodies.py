"""Bodies that are too large or too slow, under a real server and over raw sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.serving import UvicornSite
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

PATH = "/chat/api/conversations/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UvicornSite]:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.doors.hurried"}
    with UvicornSite(tmp_path_factory.mktemp("site"), environment).running() as site:
        yield site
    assert "ERROR" not in site.log()


class Connection:
    """A connection that sends what it is told to, byte by byte if need be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.sent_bytes = 0

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
        self.sent_bytes += len(data)

    async def begin(self, *headers: str, path: str = PATH) -> None:
        head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *headers]
        await self.send("\r\n".join([*head, "", ""]).encode())

    async def answer(self) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body, as soon as they are here."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            status, *lines = head.strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self._reader.readexactly(int(headers["content-length"]))
        return int(status.split()[1]), headers, body.decode()

    async def ends(self) -> bool:
        """True once the server closed the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._reader.read() == b""

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
async def connection(site: UvicornSite) -> AsyncIterator[Connection]:
    plain = socket.create_connection(("127.0.0.1", site.port))
    # Whoever sends waits until it is taken.
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    reader, writer = await asyncio.open_connection(sock=plain)
    writer.transport.set_write_buffer_limits(high=0)
    connection = Connection(reader, writer)
    yield connection
    connection.close()


async def is_refused(connection: Connection, status: int, code: str) -> bool:
    said, headers, body = await connection.answer()
    error = json.loads(body)["error"]
    assert error["message"]
    assert headers["connection"] == "close"
    return (said, error["code"]) == (status, code)


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(connection: Connection) -> None:
    await connection.begin("Content-Length: 300000000", "Expect: 100-continue")

    assert await is_refused(connection, 413, "body_too_large")
    assert await connection.ends()


async def test_a_body_without_a_length_is_refused_within_a_megabyte(connection: Connection) -> None:
    await connection.begin("Transfer-Encoding: chunked")
    part = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"

    refused = asyncio.create_task(is_refused(connection, 413, "body_too_large"))
    while not refused.done():
        await connection.send(part)
        # A pace at which the server reads what is sent: it does not lie in the kernel's buffers.
        await asyncio.wait({refused}, timeout=0.005)

    assert refused.result()
    assert connection.sent_bytes < 1_000_000


@pytest.mark.parametrize("header", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
async def test_a_body_that_dribbles_is_refused_in_time(connection: Connection, header: str) -> None:
    await connection.begin(header)

    async def dribble() -> None:
        while True:
            await connection.send(b"1" if "Length" in header else b"1\r\nx\r\n")
            await asyncio.sleep(0.1)

    dribbling = asyncio.create_task(dribble())
    try:
        assert await is_refused(connection, 408, "body_too_slow")
    finally:
        dribbling.cancel()
        await asyncio.gather(dribbling, return_exceptions=True)


async def test_a_body_that_never_begins_is_refused_in_time(connection: Connection) -> None:
    await connection.begin("Content-Length: 1000")

    assert await is_refused(connection, 408, "body_too_slow")


async def test_a_body_in_many_parts_reaches_the_view_whole(connection: Connection) -> None:
    await connection.begin("Transfer-Encoding: chunked", "Connection: close")
    for _ in range(100):
        await connection.send(b"400\r\n" + b"x" * 0x400 + b"\r\n")
    await connection.send(b"0\r\n\r\n")

    # Django's own answer to a write without a token.
    status, _, _ = await connection.answer()
    assert status == 403


async def test_the_sites_other_pages_keep_their_own_limits(connection: Connection) -> None:
    await connection.begin("Content-Length: 600000", "Connection: close", path="/accounts/login/")
    await connection.send(b"x" * 600_000)

    status, _, _ = await connection.answer()
    assert status == 403
