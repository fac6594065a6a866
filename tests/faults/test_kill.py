"""A worker is killed while it answers, with followers on it and on others."""

import asyncio

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet

pytestmark = [pytest.mark.services, pytest.mark.slow]

# A lease of 10 s, a look every second, and the followers' way to another worker.
NOTICED_SECONDS = 15


async def test_answers_of_a_killed_worker_are_completed_by_another(new_fleet: NewFleet, tell: Tell) -> None:
    fleets = [new_fleet(3, log=log) for log in ("database", "redis")]

    await asyncio.gather(*(assert_completed(fleet, tell) for fleet in fleets))


async def assert_completed(fleet: Fleet, tell: Tell) -> None:
    """Kill a worker in the middle of one answer, near the end of another, at the beginning of a third."""
    doomed, other, _ = fleet.workers
    long = await tell(fleet, doomed, words=160)
    long.follow(doomed)
    long.follow(other)
    long.follow(other, socket=True)
    await long.heard(20)
    nearly_ended = await tell(fleet, doomed, words=24)
    nearly_ended.follow(doomed)
    nearly_ended.follow(other, socket=True)
    await nearly_ended.heard(20)
    hardly_begun = await tell(fleet, doomed, words=40)
    hardly_begun.follow(doomed)
    hardly_begun.follow(other)

    doomed.kill()

    await asyncio.gather(
        long.conclude(status="completed", calls=2),
        nearly_ended.conclude(status="completed", calls=None),
        hardly_begun.conclude(status="completed", calls=None),
    )
    assert long.longest_silence_seconds < NOTICED_SECONDS


async def test_without_take_over_they_end_as_interrupted(new_fleet: NewFleet, tell: Tell) -> None:
    doomed, other = (fleet := new_fleet(2, takes_over=False)).workers
    telling = await tell(fleet, doomed, words=4000)
    telling.follow(doomed)
    telling.follow(other)
    telling.follow(other, socket=True)
    await telling.heard(40)

    doomed.kill()

    stored = await telling.conclude(status="interrupted", within_seconds=NOTICED_SECONDS)
    assert stored.content.count(" ") >= 40
