"""Threads that read what members hand in: a few, and so many at most who wait for them."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from chat.exceptions import ReadersBusy

P = ParamSpec("P")
R = TypeVar("R")


class Readers:
    """Beside the threads that serve requests and look up hosts: a file takes one of these for seconds."""

    def __init__(self, name: str, *, threads: int, most_at_once: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.places = threading.BoundedSemaphore(most_at_once)

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function makes of a file. Raises ReadersBusy if too many wait."""
        if not self.places.acquire(blocking=False):
            raise ReadersBusy
        # In this request's context: a refusal is a sentence in the member's language.
        context = contextvars.copy_context()
        reading = self._executor.submit(context.run, lambda: function(*args, **kwargs))
        # When it is done, which is later than the end of a request that is given up.
        reading.add_done_callback(lambda _: self.places.release())
        return await asyncio.wrap_future(reading)
