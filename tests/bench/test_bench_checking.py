"""The load driver finds what is wrong with a stream: shown on a server that sends it wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bench.checking import Findings
from bench.http_client import Request
from bench.load import Load
from bench.streaming import EventStream
from bench.upstream_pace import TOKEN, clock_us

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractAsyncContextManager[Request]]


def token(number: int) -> str:
    return TOKEN % (number, clock_us())


def event(number: int, *, text: str | None = None, kind: str = "token") -> bytes:
    content = token(number) if text is None else text
    return b"data: %b\n\n" % json.dumps({"type": kind, "content": content}).encode()


@pytest.fixture
def serving() -> Serving:
    """A server that answers every request with these bytes, one HTTP chunk for each."""

    @asynccontextmanager
    async def serve(
        parts: Sequence[bytes], *, is_cut: bool = False, status: int = 200
    ) -> AsyncIterator[Request]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 %d Scripted\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
            for part in parts:
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
            writer.write(b"" if is_cut else b"0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            yield Request(port=server.sockets[0].getsockname()[1], path="/", body={})

    return serve


async def findings_of(request: Request, *, streams: int = 3, tokens: int = 3) -> Findings:
    load = Load([EventStream(request=request)] * streams, tokens=tokens, seconds=1, ramp_seconds=0.01)
    await load.read()
    return load.findings


async def test_a_stream_in_order_has_no_faults(serving: Serving) -> None:
    async with serving([event(1), event(2), event(3)]) as request:
        findings = await findings_of(request)

    assert not findings.faults
    assert (findings.streams, findings.tokens, findings.open_streams) == (3, 9, 0)


async def test_events_may_be_cut_and_joined_anywhere(serving: Serving) -> None:
    whole = event(1) + event(2, text=token(2) + token(3))
    async with serving([whole[:20], whole[20:21], whole[21:]]) as request:
        assert not (await findings_of(request)).faults


@pytest.mark.parametrize(
    ("numbers", "faults"),
    [
        ((1, 3), {"lost": 1}),
        ((1, 2), {"lost": 1}),
        ((), {"lost": 3}),
        ((1, 2, 2, 3), {"doubled": 1}),
        ((1, 3, 2), {"reordered": 1}),
        ((3, 1, 1), {"lost": 1, "reordered": 1, "doubled": 1}),
    ],
)
async def test_a_lost_a_doubled_and_a_reordered_token_are_found(
    serving: Serving, numbers: Sequence[int], faults: dict[str, int]
) -> None:
    async with serving([event(number) for number in numbers]) as request:
        assert (await findings_of(request, streams=1)).faults == faults


async def test_a_garbled_token_is_found(serving: Serving) -> None:
    async with serving([event(1), event(2, text="낱00002:"), event(3)]) as request:
        assert (await findings_of(request, streams=1)).faults["garbled"] == 1


async def test_a_snapshot_replaces_what_came_before(serving: Serving) -> None:
    async with serving([event(1), event(0, text=token(1) + token(2), kind="snapshot"), event(3)]) as request:
        assert not (await findings_of(request)).faults


async def test_a_stream_that_breaks_off_is_found(serving: Serving) -> None:
    async with serving([event(1)], is_cut=True) as request:
        assert (await findings_of(request, streams=1)).faults == {"ConnectionResetError": 1, "lost": 2}


async def test_a_refused_request_is_found(serving: Serving) -> None:
    async with serving([b"no"], status=409) as request:
        assert (await findings_of(request, streams=1)).faults == {"status 409": 1, "lost": 3}
