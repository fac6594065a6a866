"""Waiting in tests: on a condition, with a deadline; never for a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from inspect import isawaitable

# What should come at once gets so long, on a machine that does other things as well.
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.01


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
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def measured_lateness() -> AsyncIterator[list[float]]:
    """Collect by how many seconds somebody who wants nothing is woken too late: so slow is the machine.

    Whoever measures a way of several processes allows for as much at each of them.
    """
    late: list[float] = []

    async def doze() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            late.append(loop.time() - due)

    dozing = asyncio.create_task(doze())
    try:
        yield late
    finally:
        dozing.cancel()


def all_but_the_slowest(values: Sequence[float]) -> float:
    """Return what 95 of 100 stay below."""
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0
