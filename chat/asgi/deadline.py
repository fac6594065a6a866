"""A deadline for what is sent: a peer that takes nothing is dropped.

A server makes ``send`` wait while its buffer is full, for ever if the peer reads no more.
"""

import asyncio
import logging
from functools import cache

from chat.asgi.interface import Message, Receive, Send
from chat.conf import chat_settings

# So often in the deadline is looked for who waits too long.
LOOKS = 4

logger = logging.getLogger("chat.asgi")


class WatchedConnection:
    """One request's ``receive`` and ``send``. Once it is dropped, the application finds that its client left.

    That is the one end for which every application is prepared: cancelling the task around an application
    leaves those inside that wait in ``send``.
    """

    __slots__ = ("_deadline", "_disconnected", "_is_dropped", "_receive", "_receiving", "_send")

    def __init__(self, deadline: "WriteDeadline", kind: str, receive: Receive, send: Send) -> None:
        self._deadline = deadline
        self._receive = receive
        self._send = send
        self._receiving: asyncio.Task[object] | None = None
        self._is_dropped = False
        self._disconnected: Message = {"type": f"{kind}.disconnect"}
        if kind == "websocket":
            self._disconnected["code"] = 1006

    async def receive(self) -> Message:
        """Receive from the server; a disconnect once the peer is dropped."""
        if self._is_dropped:
            return self._disconnected
        self._receiving = task = _current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self._was_dropped(task):
                raise
            return self._disconnected
        finally:
            self._receiving = None

    async def send(self, message: Message) -> None:
        """Send to the server; nothing once the peer is dropped."""
        if self._is_dropped:
            return
        task = _current_task()
        self._deadline.begin(task, self)
        try:
            await self._send(message)
        except asyncio.CancelledError:
            if not self._was_dropped(task):
                raise
        finally:
            self._deadline.end(task)

    def drop(self) -> None:
        """Tell the application that its client left."""
        self._is_dropped = True
        if self._receiving:
            self._receiving.cancel()

    def _was_dropped(self, task: asyncio.Task[object]) -> bool:
        """True if nobody but the deadline cancelled the task, which may then go on."""
        return self._is_dropped and not task.uncancel()


class WriteDeadline:
    """All sends of this process that wait. One timer looks at them, and only while there are some."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[object], tuple[WatchedConnection, float]] = {}
        self._looking_in: asyncio.AbstractEventLoop | None = None

    def watch(self, kind: str, receive: Receive, send: Send) -> WatchedConnection:
        """Return a connection of that kind (``http``, ``websocket``) that ends by the deadline."""
        return WatchedConnection(self, kind, receive, send)

    def begin(self, task: asyncio.Task[object], connection: WatchedConnection) -> None:
        """Count the time of a send that the task waits for."""
        loop = task.get_loop()
        self._waiting[task] = (connection, loop.time())
        if self._looking_in is not loop:
            self._look_later(loop)

    def end(self, task: asyncio.Task[object]) -> None:
        """The send is over."""
        del self._waiting[task]

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        seconds = chat_settings().WRITE_TIMEOUT_SECONDS
        self._looking_in = loop if seconds else None
        if seconds:
            loop.call_later(seconds / LOOKS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looking_in = None
        # A look may come a quarter late: what is due before the next one is due now.
        latest = loop.time() - chat_settings().WRITE_TIMEOUT_SECONDS * (1 - 1 / LOOKS)
        for task, (connection, since) in list(self._waiting.items()):
            if since <= latest:
                logger.info("a peer that takes nothing was dropped")
                connection.drop()
                task.cancel()
        if self._waiting:
            self._look_later(loop)


@cache
def write_deadline() -> WriteDeadline:
    """Return the deadline of this process."""
    return WriteDeadline()


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("ASGI is spoken in tasks")
    return task
