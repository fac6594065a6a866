"""What uvicorn's protocols take in a plain call, and when they leave it to ``send``."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from chat.pushing import EXTENSION
from chatproject.pushing import PushingHttp, PushingSocket
from tests.waiting import wait_until

HEAD = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"sent", "more_body": True}
END = {"type": "http.response.body", "body": b""}


class Wire(asyncio.Transport):
    """A connection whose peer takes everything."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Application:
    """Answers nothing by itself."""

    def __init__(self) -> None:
        self.scope: Any = None
        self.receive: Any = None
        self.send: Any = None
        self.has_to_end = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        await self.has_to_end.wait()

    def push(self, data: bytes) -> bool:
        return cast("bool", self.scope["extensions"][EXTENSION]["push"](data))


Connect = Callable[[type[Any]], tuple[Any, Wire]]


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
def connect(application: Application) -> Connect:
    def connected(kind: type[Any]) -> tuple[Any, Wire]:
        config = Config(cast("Any", application), ws=PushingSocket, log_config=None, lifespan="off")
        protocol = kind(config, ServerState(), {})
        wire = Wire()
        protocol.connection_made(wire)
        return protocol, wire

    return connected


async def test_parts_of_a_body_are_pushed_between_its_head_and_its_end(
    connect: Connect, application: Application
) -> None:
    protocol, wire = connect(PushingHttp)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await wait_until(lambda: application.send is not None)

    assert not application.push(b"too early")
    await application.send(HEAD)
    await application.send(BODY)
    assert application.push(b"pushed")
    assert not application.push(b"")
    protocol.pause_writing()
    assert not application.push(b"too much")
    protocol.resume_writing()
    assert application.push(b"again")
    await application.send(END)
    assert not application.push(b"too late")

    assert wire.written.endswith(b"\r\n\r\n4\r\nsent\r\n6\r\npushed\r\n5\r\nagain\r\n0\r\n\r\n")
    application.has_to_end.set()


async def test_nothing_is_pushed_to_who_left_or_cannot_read_chunks(
    connect: Connect, application: Application
) -> None:
    protocol, wire = connect(PushingHttp)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await wait_until(lambda: application.send is not None)

    await application.send({**HEAD, "headers": [(b"content-length", b"9")]})
    assert not application.push(b"unchunked")
    protocol.connection_lost(None)
    assert not application.push(b"gone")

    assert b"unchunked" not in wire.written
    application.has_to_end.set()


async def test_who_leaves_is_missed_by_every_request_that_is_being_answered(
    connect: Connect, application: Application
) -> None:
    protocol, wire = connect(PushingHttp)
    protocol.data_received(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    await wait_until(lambda: application.send is not None)
    await application.send(HEAD)
    protocol.data_received(b"GET /pipelined HTTP/1.1\r\nHost: x\r\n\r\n")

    protocol.connection_lost(None)
    written = wire.written
    await application.send(BODY)

    assert (await application.receive())["type"] == "http.disconnect"
    assert wire.written == written
    application.has_to_end.set()


@pytest.mark.parametrize("length", [1, 125, 126, 2**16 - 1, 2**16, 2**17])
async def test_a_text_is_pushed_as_one_frame(connect: Connect, application: Application, length: int) -> None:
    client = ClientProtocol(parse_uri("ws://x/"), max_size=None)
    client.send_request(client.connect())
    protocol, wire = connect(PushingSocket)
    protocol.data_received(b"".join(client.data_to_send()))
    await wait_until(lambda: application.send is not None)

    assert not application.push(b"too early")
    await application.send({"type": "websocket.accept"})
    assert application.push(b"x" * length)
    protocol.pause_writing()
    assert not application.push(b"too much")
    protocol.resume_writing()
    await application.send({"type": "websocket.close"})
    assert not application.push(b"too late")

    client.receive_data(wire.written)
    frames = [one for one in client.events_received() if isinstance(one, Frame)]
    assert [bytes(frame.data) for frame in frames if frame.opcode == 1] == [b"x" * length]
    protocol.connection_lost(None)
    application.has_to_end.set()
