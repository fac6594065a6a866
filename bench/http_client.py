"""As little of HTTP/1.1 as a load driver needs: one POST over a connection of its own, read as it arrives."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request with a JSON body to a server of this machine."""

    port: int
    path: str
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the request as it goes over the wire."""
        content = json.dumps(self.body).encode()
        fields = {
            "Host": f"{HOST}:{self.port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + content


async def send(post: Post, on_body: Callable[[bytes], None]) -> int:
    """Send the request, hand on each part of the body, return the status.

    Raises ConnectionError if the connection ends before the body does.
    """
    loop = asyncio.get_running_loop()
    transport, exchange = await loop.create_connection(lambda: _Exchange(post, on_body), HOST, post.port)
    try:
        return await exchange.status
    finally:
        transport.abort()


class _Exchange(asyncio.Protocol):
    """Cheaper than asyncio's streams: the driver shares the machine with what it measures."""

    def __init__(self, post: Post, on_body: Callable[[bytes], None]) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._request = post.encoded()
        self._on_body = on_body
        self._received = b""
        self._code = 0
        # Bytes of the body that are still to come; none where it comes in chunks.
        self._missing: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if self.status.done():
            return
        self._received += data
        if self._code or self._take_head():
            self._take_chunks() if self._missing is None else self._take_plain(self._missing)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.status.done():
            self.status.set_exception(ConnectionResetError(f"the body broke off ({exc})"))

    def _take_head(self) -> bool:
        head, is_whole, rest = self._received.partition(b"\r\n\r\n")
        if is_whole:
            self._received = rest
            status_line, *lines = head.decode("latin-1").lower().split("\r\n")
            self._code = int(status_line.split(" ")[1])
            length = dict(line.split(": ", 1) for line in lines).get("content-length")
            self._missing = None if length is None else int(length)
        return bool(is_whole)

    def _take_plain(self, missing: int) -> None:
        self._on_body(self._received)
        self._missing = missing - len(self._received)
        self._received = b""
        if self._missing <= 0:
            self.status.set_result(self._code)

    def _take_chunks(self) -> None:
        while True:
            line, is_whole, rest = self._received.partition(b"\r\n")
            if not is_whole:
                return
            length = int(line, 16)
            if len(rest) < length + 2:
                return
            self._received = rest[length + 2 :]
            if not length:
                self.status.set_result(self._code)
                return
            self._on_body(rest[:length])
