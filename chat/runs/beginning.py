"""How a run begins in the process that stores it."""

import asyncio
from collections.abc import Callable
from functools import partial

from asgiref.sync import sync_to_async
from django.db import IntegrityError

from chat.exceptions import Unavailable
from chat.runs.dispatch import current_dispatcher
from chat.runs.prompt import new_run
from chat.runs.queueing import Turn
from chat.runs.records import Claim


async def begun(record: Callable[[Claim | None], Turn]) -> Turn:
    """Record a turn in the name of this process, and begin it here. Raises Unavailable.

    It begins also if whoever asked has left by then, and no other task waits for it.
    """
    dispatcher = current_dispatcher()
    if dispatcher.is_full:
        raise Unavailable("this process has all the runs that it may have")
    loop = asyncio.get_running_loop()
    claim = dispatcher.claim()

    def record_and_begin() -> Turn:
        turn = recorded(partial(record, claim))
        if turn.is_new and claim:
            loop.call_soon_threadsafe(dispatcher.begin, new_run(turn.run))
        return turn

    return await sync_to_async(record_and_begin)()


def recorded(record: Callable[[], Turn]) -> Turn:
    """Return what was recorded, at the second attempt if somebody was quicker."""
    try:
        return record()
    except IntegrityError:
        # A database without row locks let two requests in; the other one has committed, so look again.
        return record()
