"""One stream of tokens, over whichever door: opened, read to its end, each event heard."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bench.checking import TokenCheck
from bench.http_client import Request, send
from bench.socket_client import Socket

# What the last frame of a socket's answer says.
ENDS = {"done", "error", "refused"}


class Stream(Protocol):
    """A stream that can be read once."""

    async def read(self, check: TokenCheck) -> None:
        """Have all its tokens checked. Raises OSError if it is refused or breaks off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStream:
    """Server-Sent Events in the answer to a request."""

    request: Request

    async def read(self, check: TokenCheck) -> None:
        """Have all its tokens checked. Raises OSError if it is refused or breaks off."""
        received = b""

        def feed(data: bytes) -> None:
            nonlocal received
            *blocks, received = (received + data).split(b"\n\n")
            for block in blocks:
                for line in block.split(b"\n"):
                    if line.startswith(b"data: ") and line != b"data: [DONE]":
                        check.hear(json.loads(line[6:]))

        status = await send(self.request, feed)
        if status != 200:
            raise ConnectionRefusedError(f"status {status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketStream:
    """Frames of a WebSocket, one JSON object each, after a question of one frame."""

    port: int
    path: str
    question: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self, check: TokenCheck) -> None:
        """Have all its tokens checked. Raises OSError if it is refused or breaks off."""

        def hear(payload: bytes) -> None:
            event = json.loads(payload)
            check.hear(event)
            if event.get("type") in ENDS:
                socket.finish()

        socket = Socket(self.port, self.path, self.headers, hear)
        await converse(socket, lambda: socket.send(json.dumps(self.question)))


async def converse(socket: Socket, begin: Callable[[], None]) -> None:
    """Open the socket, begin, and read until the end. Raises OSError if it is refused or breaks off."""
    try:
        await socket.connect()
        begin()
        await socket.ended
    finally:
        socket.close()
