"""The model's numbered tokens reach the driver over HTTP and over a WebSocket."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from bench.http_client import Request
from bench.load import Load, script
from bench.streaming import EventStream, SocketStream
from bench.upstream import ScriptedUpstream
from bench.upstream_pace import TOKEN, clock_us


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream() as server:
        yield server


def question(upstream: ScriptedUpstream, content: str) -> Request:
    port = int(upstream.base_url.split(":")[2].partition("/")[0])
    body = {"messages": [{"role": "user", "content": content}], "stream": True}
    return Request(port=port, path="/v1/chat/completions", body=body)


@pytest.mark.parametrize("rate", [0, 200])
async def test_the_model_numbers_its_tokens(upstream: ScriptedUpstream, rate: float) -> None:
    stream = EventStream(request=question(upstream, script(tokens=120, rate=rate)))
    load = Load([stream] * 3, tokens=120, seconds=5, ramp_seconds=0.01)
    load.findings.is_timing = True

    await load.read()

    assert not load.findings.faults
    assert load.findings.tokens == len(load.findings.latencies_us) == 360


async def test_tokens_come_no_sooner_than_their_pace(upstream: ScriptedUpstream) -> None:
    load = Load(
        [EventStream(request=question(upstream, script(tokens=11, rate=50)))],
        tokens=11,
        seconds=5,
        ramp_seconds=0,
    )
    began = clock_us()

    await load.read()

    assert clock_us() - began >= 200_000


def frames(kind: str) -> list[Mapping[str, object]]:
    texts = [TOKEN % (number, clock_us()) for number in range(1, 5001)]
    match kind:
        case "one frame per token":
            told = [{"type": "token", "content": text} for text in texts]
        case "the text so far":
            told = [{"type": "stream", "text_so_far": "".join(texts[:count])} for count in (1, 10, 400, 5000)]
        case _:
            told = [{"type": "token", "content": "".join(texts)}]
    return [*told, {"type": "done"}]


@pytest.mark.parametrize("kind", ["one frame per token", "the text so far", "one frame of 100 kB"])
async def test_a_socket_is_read_to_its_end(kind: str) -> None:
    async def answer(connection: ServerConnection) -> None:
        await connection.recv()
        for frame in frames(kind):
            await connection.send(json.dumps(frame))
        await connection.wait_closed()

    async with serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = SocketStream(port=port, path="/", question={"content": "?"})
        load = Load([stream], tokens=5000, seconds=10, ramp_seconds=0)
        await load.read()

    assert not load.findings.faults
    assert load.findings.tokens == 5000


async def test_a_refused_handshake_is_found(upstream: ScriptedUpstream) -> None:
    async def refuse(connection: ServerConnection, request: Handshake) -> Response:
        return connection.respond(403, "no")

    async def never(connection: ServerConnection) -> None:
        raise AssertionError("the handshake was refused")

    async with serve(never, "127.0.0.1", 0, process_request=refuse) as server:
        port = server.sockets[0].getsockname()[1]
        load = Load([SocketStream(port=port, path="/", question={})], tokens=1, seconds=5, ramp_seconds=0)
        await load.read()

    assert load.findings.faults == {"status 403": 1, "lost": 1}
