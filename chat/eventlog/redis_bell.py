"""The doorbell of the Redis log: one subscribed connection says which streams have something new."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from typing import Any

# A connection that says nothing for so long is asked whether it is alive, and has as long to say so.
QUIET_SECONDS = 5.0
RECONNECT_SECONDS = 0.5

logger = logging.getLogger("chat.eventlog")


class Bell:
    """Listens to the channels of the streams that are followed here.

    A message may be lost: the bell wakes, and carries nothing. ``subscriber`` makes a subscriber of the
    Redis client, whose own ``errors`` say that it is cut off. ``channel`` is one that is always listened to,
    so that there is a subscription from the beginning.
    """

    def __init__(
        self, subscriber: Callable[[], Any], *, channel: str, errors: tuple[type[Exception], ...]
    ) -> None:
        self._subscriber = subscriber
        self._channel = channel
        self._errors = errors
        self._wanted: set[str] = set()
        self._rung: set[str] = set()
        self._has_rung = asyncio.Event()
        self._pubsub: Any = None
        self._task: asyncio.Task[None] | None = None
        self.is_heard = False

    async def listen_for(self, channel: str) -> None:
        """Hear of this channel from now on; it counts as rung once."""
        self._wanted.add(channel)
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        await self._tell("subscribe", [channel])
        self._ring(channel)

    async def forget(self, channels: Collection[str]) -> None:
        """Hear of these channels no more."""
        self._wanted.difference_update(channels)
        await self._tell("unsubscribe", channels)

    async def rung(self, *, within_seconds: float) -> Collection[str]:
        """Return the channels that rang since the last call, as soon as there are any; or none, in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._has_rung.wait()
        rung, self._rung = self._rung, set()
        self._has_rung.clear()
        return rung

    async def aclose(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tell(self, command: str, channels: Collection[str]) -> None:
        """Change the subscription of a live connection; a new one begins with all that is wanted."""
        if not self.is_heard:
            return
        try:
            await getattr(self._pubsub, command)(*channels)
        except self._errors:
            self.is_heard = False

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except self._errors as error:
                if self.is_heard:
                    logger.warning("bell of the event log away (%s)", type(error).__name__)
            self.is_heard = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        self._pubsub = self._subscriber()
        try:
            await self._pubsub.subscribe(self._channel, *self._wanted)
            self.is_heard = True
            # What rang while nobody listened is found by looking.
            for channel in self._wanted:
                self._ring(channel)
            is_asked = False
            while self.is_heard:
                message = await self._pubsub.get_message(timeout=QUIET_SECONDS)
                if message is None:
                    if is_asked:
                        raise ConnectionError("no answer to a ping")
                    await self._pubsub.ping()
                    is_asked = True
                    continue
                is_asked = False
                if message["type"] == "message":
                    self._ring(message["channel"].decode())
        finally:
            with contextlib.suppress(*self._errors):
                await self._pubsub.aclose()

    def _ring(self, channel: str) -> None:
        self._rung.add(channel)
        self._has_rung.set()
