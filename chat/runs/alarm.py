"""Ends a wait from elsewhere: for who waits for two things at once."""

import asyncio


class Alarm:
    """Rings for one who waits, in their event loop; it stays rung until it is cleared."""

    __slots__ = ("_waiter", "is_rung")

    def __init__(self) -> None:
        self.is_rung = False
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """End the wait, or the next one."""
        self.is_rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self) -> None:
        """Let the next wait be a wait."""
        self.is_rung = False

    def watch(self, waiter: "asyncio.Future[None]") -> None:
        """Resolve this future when it rings."""
        self._waiter = waiter

    async def wait(self, *, until: float) -> None:
        """Return when it rings, or at that time of the event loop."""
        if self.is_rung:
            return
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = loop.call_at(until, _resolve, waiter)
        try:
            await waiter
        finally:
            timer.cancel()


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
