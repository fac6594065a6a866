"""As little of HTTP/1.1 as a load driver needs: a request over its own connection, read as it arrives."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to a server of this machine: a POST of a JSON body, or without one a GET."""

    port: int
    path: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the request as it goes over the wire."""
        fields = {"Host": f"{HOST}:{self.port}", **self.headers}
        content = b""
        if self.body is not None:
            content = json.dumps(self.body).encode()
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        method = "GET" if self.body is None else "POST"
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{method} {self.path} HTTP/1.1\r\n{head}\r\n".encode() + content


async def send(request: Request, on_body: Callable[[bytes], None]) -> int:
    """Send the request, hand on each part of the body, return the status.

    Raises ConnectionError if the connection ends before the body does.
    """
    loop = asyncio.get_running_loop()
    transport, exchange = await loop.create_connection(
        lambda: _Exchange(request, on_body), HOST, request.port
    )
    try:
        return await exchange.status
    finally:
        transport.abort()


async def ask(request: Request) -> dict[str, object]:
    """Send one request and return the JSON of its answer. Raises RuntimeError if it is refused."""
    body = bytearray()
    status = await send(request, body.extend)
    if status >= 400:
        raise RuntimeError(f"{request.path} answered {status}: {body[:500]!r}")
    answer: dict[str, object] = json.loads(body)
    return answer


class _Exchange(asyncio.Protocol):
    """Cheaper than asyncio's streams: the driver shares a core with the model and the database."""

    def __init__(self, request: Request, on_body: Callable[[bytes], None]) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._request = request.encoded()
        self._on_body = on_body
        self._received = b""
        self._code = 0
        # Bytes of the body that are still to come; none where it comes in chunks, or until the end.
        self._missing: int | None = None
        self._is_chunked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if self.status.done():
            return
        self._received += data
        if self._code or self._take_head():
            self._take_chunks() if self._is_chunked else self._take_plain()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.status.done():
            self.status.set_exception(ConnectionResetError(f"the body broke off ({exc})"))

    def _take_head(self) -> bool:
        head, is_whole, rest = self._received.partition(b"\r\n\r\n")
        if is_whole:
            self._received = rest
            status_line, *lines = head.decode("latin-1").lower().split("\r\n")
            self._code = int(status_line.split(" ")[1])
            fields = dict(line.split(": ", 1) for line in lines)
            self._is_chunked = "chunked" in fields.get("transfer-encoding", "")
            # No content: 204 has no body and says no length.
            length = fields.get("content-length", "0" if self._code == 204 else None)
            self._missing = None if length is None else int(length)
        return bool(is_whole)

    def _take_plain(self) -> None:
        if self._received:
            self._on_body(self._received)
        if self._missing is not None:
            self._missing -= len(self._received)
            if self._missing <= 0:
                self.status.set_result(self._code)
        self._received = b""

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
