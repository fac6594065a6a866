"""Joins tokens that come close together, so that a fast model does not cost an event for each."""

import asyncio
from collections.abc import Callable


class Coalescer:
    """Sends a text at once if the last one left longer ago than the window, else with what comes in it.

    At the pace of one reader of one model nothing is held back; under load more tokens share an event.
    Holding back for 20 to 33 ms halves the cost at 100 tokens a second and changes nothing at 20.
    """

    def __init__(self, send: Callable[[str], None], *, window_seconds: float) -> None:
        self._send = send
        self._window_seconds = window_seconds
        self._loop = asyncio.get_running_loop()
        self._pending: list[str] = []
        self._sent_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """Take more text."""
        if self._timer is not None:
            self._pending.append(text)
            return
        now = self._loop.time()
        if now - self._sent_at >= self._window_seconds:
            self._sent_at = now
            self._send(text)
        else:
            self._pending.append(text)
            self._timer = self._loop.call_at(self._sent_at + self._window_seconds, self.flush)

    def flush(self) -> None:
        """Send now what is held back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._sent_at = self._loop.time()
            self._send(text)
