"""Waiting in tests: on a condition, with a deadline; never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

# What should come at once gets so long, on a machine that does other things as well.
PATIENCE_SECONDS = 30.0


async def wait_until(
    condition: Callable[[], object | Awaitable[object]], *, within_seconds: float = PATIENCE_SECONDS
) -> None:
    """Return as soon as the condition holds. Raises AssertionError if it does not in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_seconds
    while True:
        outcome = condition()
        if isawaitable(outcome):
            outcome = await outcome
        if outcome:
            return
        assert loop.time() < deadline, f"not within {within_seconds} s: {condition}"
        await asyncio.sleep(0.01)
