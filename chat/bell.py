"""Wakes whoever waits in this process for something that was just committed; it carries nothing."""

import asyncio
import threading
from collections.abc import Callable


class Bell:
    """Rung from any thread, heard in each event loop that listens."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.AbstractEventLoop, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def listen(self, hear: Callable[[], None]) -> None:
        """Have the running event loop call this at each ring."""
        with self._lock:
            self._listeners[asyncio.get_running_loop()] = hear

    def leave(self) -> None:
        """Have the running event loop hear no more."""
        with self._lock:
            self._listeners.pop(asyncio.get_running_loop(), None)

    def ring(self) -> None:
        """Wake the listeners."""
        with self._lock:
            listeners = list(self._listeners.items())
        for loop, hear in listeners:
            # One that was closed without leaving hears nothing any more.
            if not loop.is_closed():
                loop.call_soon_threadsafe(hear)


bell = Bell()
