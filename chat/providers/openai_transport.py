"""The provider's HTTP/1.1, on asyncio's own transports and a parser in C: what a token costs on its way in.

The client's default, httpcore with h11, spends several times more on a token that arrives alone than all
else that is done with it. Here a read of the socket is one call of the parser and wakes the reader once.
"""

import asyncio
import ssl
from typing import Any, Self, cast

import httpx2

from chat.providers.openai_socket import Address, Connection, Take

MAX_IDLE_CONNECTIONS = 100
# Servers close what is idle after a few seconds, and a request that meets such an end fails: all that is
# idle is closed so often, whatever it is that keeps the others fresh.
IDLE_SECONDS = 4.0


class AsyncioTransport(httpx2.AsyncBaseTransport):
    """Sends requests over connections that are used again while they are fresh; belongs to one event loop.

    A body's parts are in ``response.extensions["parts"]``, without the client's layers around them.
    """

    def __init__(self) -> None:
        self._ssl_context = httpx2.create_ssl_context()
        self._idle: dict[Address, list[Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response when its head is there. Raises what httpx2's own transport raises."""
        timeouts = request.extensions.get("timeout", {})
        sent = _wire_form(request, await request.aread())
        connection = await self._connection(_address_of(request.url), timeouts.get("connect"))
        body = Body(connection, self, silence_seconds=timeouts.get("read"))
        try:
            connection.send(sent)
            async with asyncio.timeout(timeouts.get("read")):
                await connection.head()
        except TimeoutError:
            await body.aclose()
            raise httpx2.ReadTimeout("no response in time", request=request) from None
        except BaseException:
            await body.aclose()
            raise
        headers, connection.headers = connection.headers, []
        return httpx2.Response(connection.status, headers=headers, stream=body, extensions={"parts": body})

    async def aclose(self) -> None:
        """Close the idle connections."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._close_idle()

    def keep(self, connection: Connection) -> None:
        """Take back a connection whose answer was read to its end."""
        kept = self._idle.setdefault(connection.address, [])
        kept.append(connection)
        if len(kept) > MAX_IDLE_CONNECTIONS:
            kept.pop(0).abort()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        self._sweep = None
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    async def _connection(self, address: Address, connect_seconds: float | None) -> Connection:
        loop = asyncio.get_running_loop()
        kept = self._idle.get(address, [])
        while kept:
            connection = kept.pop()
            if connection.is_fresh:
                connection.reset()
                return connection
        scheme, host, port = address
        secured = {"ssl": self._ssl_context, "server_hostname": host} if scheme == "https" else {}
        try:
            async with asyncio.timeout(connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: Connection(address), host, port, **cast("Any", secured)
                )
        except TimeoutError:
            raise httpx2.ConnectTimeout("no connection in time") from None
        except (OSError, ssl.SSLError) as error:
            raise httpx2.ConnectError(type(error).__name__) from None
        return connection


class Body(httpx2.AsyncByteStream):
    """The parts of one answer, as they arrive."""

    def __init__(
        self, connection: Connection, transport: AsyncioTransport, *, silence_seconds: float | None
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._silence_seconds = silence_seconds
        self._was_read_to_end = False
        self._is_closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        connection = self._connection
        part = connection.take()
        if not part and not connection.is_complete:
            await connection.something(within_seconds=self._silence_seconds)
            part = connection.take()
        if not part:
            self._was_read_to_end = True
            raise StopAsyncIteration
        return part

    async def push(self, take: Take) -> None:
        """Hand on each part in the call that reads it, until ``take`` returns False or the body ends."""
        await self._connection.push(take, silence_seconds=self._silence_seconds)

    async def aclose(self) -> None:
        """Give the connection back; close it at once if somebody left early: more to come costs money."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._was_read_to_end and self._connection.is_reusable:
            self._transport.keep(self._connection)
        else:
            self._connection.abort()


def _address_of(url: httpx2.URL) -> Address:
    default = 443 if url.scheme == "https" else 80
    return url.scheme, url.host, url.port or default


def _wire_form(request: httpx2.Request, body: bytes) -> bytes:
    """Return the request as bytes. Raises LocalProtocolError for what would break out of its line."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % (name, value) for name, value in request.headers.raw]
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        raise httpx2.LocalProtocolError("a header holds a line break", request=request)
    return b"\r\n".join([*lines, b"", body])
