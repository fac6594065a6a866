"""One connection of HTTP/1.1 to a provider: what its parser reads is waited for, or handed on at once."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools
import httpx2

# Beyond this the sender has to wait for us.
MAX_BUFFERED_BYTES = 256 * 1024
MAX_HEAD_BYTES = 64 * 1024

Address = tuple[str, str, int]
# Takes a part of a body; False if it wants to be told no more.
Take = Callable[[bytes], bool]


class Connection(asyncio.Protocol):
    """One connection, with at most one request at a time; wakes the one task that reads, or calls it."""

    _transport: asyncio.Transport

    def __init__(self, address: Address) -> None:
        self.address = address
        self._loop = asyncio.get_running_loop()
        self._is_lost = False
        self._is_paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._take: Take | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self.reset()

    def reset(self) -> None:
        """Expect a new answer."""
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._buffered_bytes = 0
        self._head_bytes = 0
        self._error: httpx2.TransportError | None = None
        self._ends_with_connection = True
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._has_head = False
        self._keeps_alive = False
        self.is_complete = False

    @property
    def is_fresh(self) -> bool:
        """True for an idle connection that the server has neither closed nor said anything over."""
        return not self._is_lost and not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        """True once an answer was read to an end that is not the connection's."""
        return self._keeps_alive and not self._parts and self._error is None and self.is_fresh

    def send(self, request: bytes) -> None:
        """Send a request. Raises WriteError."""
        if not self.is_fresh:
            raise httpx2.WriteError("the connection is closed")
        self._transport.write(request)

    async def head(self) -> None:
        """Return when the status and the headers are there. Raises TransportError."""
        while not self._has_head:
            if self._error is not None:
                raise self._error
            await self._wait()

    def take(self) -> bytes:
        """Return what has arrived of the body."""
        if len(self._parts) == 1:
            taken = self._parts.pop()
        else:
            taken = b"".join(self._parts)
            self._parts.clear()
        self._buffered_bytes = 0
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        return taken

    async def something(self, *, within_seconds: float | None) -> None:
        """Return when there is more of the body, or its end. Raises TransportError."""
        self._expect(within_seconds)
        while not self._parts and not self.is_complete:
            if self._error is not None:
                raise self._error
            await self._wait()

    async def push(self, take: Take, *, silence_seconds: float | None) -> None:
        """Call this with what arrives of the body; see ``Body.push``. Raises TransportError."""
        self._expect(silence_seconds)
        self._take = take
        try:
            while self._take is not None:
                if self._parts:
                    if not take(self.take()):
                        return
                elif self.is_complete:
                    return
                elif self._error is not None:
                    raise self._error
                else:
                    await self._wait()
        finally:
            self._take = None

    def abort(self) -> None:
        """Close at once."""
        self._stop_alarm()
        self._transport.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _expect_head(self, received_bytes: int) -> None:
        self._head_bytes += received_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            self._fail(httpx2.RemoteProtocolError("the head of the response is too large"))
            self._transport.abort()

    def _hand_on(self, take: Take, waiter: asyncio.Future[None]) -> None:
        self._heard_at = self._loop.time()
        try:
            wants_more = take(self.take())
        except Exception as error:  # noqa: BLE001 - it is raised where the task waits
            self._take = None
            waiter.set_exception(error)
        else:
            if not wants_more:
                self._take = None
            if not wants_more or self.is_complete:
                waiter.set_result(None)

    def _expect(self, within_seconds: float | None) -> None:
        self._heard_at = self._loop.time()
        if within_seconds and self._alarm is None:
            self._alarm = self._loop.call_later(within_seconds, self._listen_for_silence, within_seconds)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _listen_for_silence(self, seconds: float) -> None:
        # One timer for an answer, not one for each read: it looks when the last one was.
        self._alarm = None
        left = self._heard_at + seconds - self._loop.time()
        if left > 0 or self._waiter is None:
            self._alarm = self._loop.call_later(max(left, 0.01), self._listen_for_silence, seconds)
            return
        self._fail(httpx2.ReadTimeout("the server fell silent"))

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _fail(self, error: httpx2.TransportError) -> None:
        self._error = self._error or error
        self._wake()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.is_complete:
            # Said without a question: nothing of it can belong to the next answer.
            self._transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx2.RemoteProtocolError(type(error).__name__))
            self._transport.abort()
            return
        if not self._has_head:
            self._expect_head(len(data))
            return
        if self._buffered_bytes > MAX_BUFFERED_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        take, waiter = self._take, self._waiter
        if take is not None and self._parts and waiter is not None and not waiter.done():
            self._hand_on(take, waiter)
        else:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._stop_alarm()
        if self._has_head and self._ends_with_connection and exc is None:
            self.is_complete = True
        elif not self.is_complete:
            self._fail(httpx2.ReadError(type(exc).__name__ if exc else "closed before the end"))
        self._wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self.headers = []
        self._ends_with_connection = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._has_head = self.status >= 200

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)
        self._buffered_bytes += len(part)

    def on_message_complete(self) -> None:
        if self._has_head:
            self.is_complete = True
            # The parser knows it only now: afterwards it waits for another message.
            self._keeps_alive = self._parser.should_keep_alive()
            self._stop_alarm()
