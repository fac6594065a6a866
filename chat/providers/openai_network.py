"""Sockets for the provider's HTTP client, on asyncio's own transports.

The client's default goes through anyio, which for each read registers the socket anew, opens a cancel
scope and takes turns of the event loop: most of what a token costs that arrives alone. These sockets stay
registered and wake their reader once.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpcore2

# Beyond this the sender has to wait for us.
MAX_BUFFERED_BYTES = 256 * 1024


class AsyncioBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections on the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is the client's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Return a connected stream. Raises ConnectError and ConnectTimeout."""
        loop = asyncio.get_running_loop()
        source = (local_address, 0) if local_address else None
        with _raised_as(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                _, protocol = await loop.create_connection(_Socket, host, port, local_addr=source)
        for option in socket_options or ():
            protocol.transport.get_extra_info("socket").setsockopt(*option)
        return AsyncioStream(protocol)


class AsyncioStream(httpcore2.AsyncNetworkStream):
    """One connection as the client sees it."""

    def __init__(self, protocol: "_Socket") -> None:
        self._socket = protocol

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has arrived, none at the end. Raises ReadError and ReadTimeout."""
        with _raised_as(httpcore2.ReadTimeout, httpcore2.ReadError):
            if not self._socket.has_something_to_read:
                await self._socket.wait(timeout)
            return self._socket.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send the bytes. Raises WriteError and WriteTimeout."""
        with _raised_as(httpcore2.WriteTimeout, httpcore2.WriteError):
            if self._socket.transport.is_closing():
                raise ConnectionResetError("closed")
            self._socket.transport.write(buffer)
            while self._socket.is_writing_paused:
                await self._socket.wait(timeout)

    async def aclose(self) -> None:
        """Close at once, whatever is still to be sent: an answer that nobody wants costs money."""
        self._socket.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """Return the stream over TLS. Raises ConnectError and ConnectTimeout."""
        loop = asyncio.get_running_loop()
        plain = self._socket.transport
        try:
            with _raised_as(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    secured = await loop.start_tls(
                        plain, self._socket, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            plain.abort()
            raise
        if secured is None:
            raise httpcore2.ConnectError("closed during the handshake")
        self._socket.connection_made(secured)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what the client's pool asks about the connection."""
        match info:
            case "is_readable":
                # Of an idle connection: the server closed it, or said what nobody asked for.
                return self._socket.has_something_to_read
            case "server_addr":
                return self._socket.transport.get_extra_info("peername")
            case "client_addr":
                return self._socket.transport.get_extra_info("sockname")
            case _:
                return self._socket.transport.get_extra_info(info)


class _Socket(asyncio.Protocol):
    """Buffers what arrives, and wakes the one task that waits."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._is_at_end = False
        self._is_reading_paused = False
        self.is_writing_paused = False

    @property
    def has_something_to_read(self) -> bool:
        """True for bytes, and for the end of the stream."""
        return bool(self._received) or self._is_at_end

    async def wait(self, timeout_seconds: float | None) -> None:
        """Return when something has happened. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        timer = None
        if timeout_seconds is not None:
            timer = loop.call_later(timeout_seconds, _expire, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def take(self, max_bytes: int) -> bytes:
        """Return at most so many bytes, none at the end. Raises the error that ended the connection."""
        taken = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        if self._is_reading_paused and len(self._received) <= MAX_BUFFERED_BYTES:
            self._is_reading_paused = False
            self.transport.resume_reading()
        if not taken and self._error is not None:
            raise self._error
        return taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > MAX_BUFFERED_BYTES and not self._is_reading_paused:
            self._is_reading_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._is_at_end = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_at_end = True
        self._error = exc
        self.is_writing_paused = False
        self._wake()

    def pause_writing(self) -> None:
        self.is_writing_paused = True

    def resume_writing(self) -> None:
        self.is_writing_paused = False
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


@contextmanager
def _raised_as(timeout: type[Exception], error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise timeout from None
    except OSError as failure:
        raise error(type(failure).__name__) from None
