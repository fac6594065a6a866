"""A database that hangs."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chat.database import LANES, in_database


@asynccontextmanager
async def database_that_answers_nobody() -> AsyncIterator[None]:
    """Occupy every lane, so that what the engine wants of the database waits."""
    may_go_on = threading.Event()
    busy = [asyncio.ensure_future(in_database(may_go_on.wait)) for _ in range(LANES)]
    try:
        yield
    finally:
        may_go_on.set()
        await asyncio.gather(*busy)
