"""Database calls from the event loop: on a few threads of our own, with a connection each.

``sync_to_async`` ties a call to the thread of a request, and so a connection to every open stream. The
engine and its followers use these lanes instead: 60 streams then held 0 PostgreSQL connections, not 60.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import cache
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
R = TypeVar("R")

LANES = 2
# What a database that is restarting, locked or unreachable raises; asking again later may succeed.
TRANSIENT_ERRORS = (OperationalError, InterfaceError)
RETRY_FIRST_SECONDS = 0.1
RETRY_MOST_SECONDS = 1.0

# True under the app's ASGI wrapper: requests share a few threads, and so a few connections.
shares_threads: ContextVar[bool] = ContextVar("shares_threads", default=False)

logger = logging.getLogger("chat.database")


async def in_database(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM on one of the lanes and return its result.

    Cancelling the wait does not undo what the function commits: await it where the outcome matters.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_lanes(), lambda: _on_lane(lambda: function(*args, **kwargs)))


async def in_database_persistently(function: Callable[[], R], *, for_seconds: float, purpose: str) -> R:
    """Like ``in_database``, but try again while the database is away, for so long at most.

    Raises the last of TRANSIENT_ERRORS when time is up.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + for_seconds
    delay = RETRY_FIRST_SECONDS
    while True:
        try:
            return await in_database(function)
        except TRANSIENT_ERRORS as error:
            if loop.time() + delay > give_up_at:
                raise
            logger.warning("database away, will try again: %s (%s)", purpose, type(error).__name__)
        await asyncio.sleep(delay)
        delay = min(delay * 2, RETRY_MOST_SECONDS)


async def release_request_connections() -> None:
    """Close the database connections of the current request's thread, where it has one to itself.

    A stream that waits must not hold one; Django itself closes them only when the response has ended.
    """
    if not shares_threads.get():
        await sync_to_async(connections.close_all)()


def close_lanes() -> None:
    """Close the lanes' threads and connections; the next call opens new ones."""
    if not _lanes.cache_info().currsize:
        return
    executor = _lanes()
    _lanes.cache_clear()
    # A connection can be closed only by the thread that made it; the barrier puts one call on each.
    barrier = threading.Barrier(LANES)

    def close() -> None:
        barrier.wait()
        connections.close_all()

    for closing in [executor.submit(close) for _ in range(LANES)]:
        closing.result()
    executor.shutdown()


@cache
def _lanes() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LANES, thread_name_prefix="chat-database")


def _on_lane(call: Callable[[], R]) -> R:
    try:
        return call()
    except TRANSIENT_ERRORS:
        # The connection may be dead: the next call opens another.
        connections.close_all()
        raise
