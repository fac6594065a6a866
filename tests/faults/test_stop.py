"""Workers are told to stop: one of them while it answers, and all of them one after another under load."""

import asyncio

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet, Worker
from tests.faults.telling import Telling

pytestmark = [pytest.mark.services, pytest.mark.slow]

GRACE_SECONDS = 1
STREAMS = 60


@pytest.fixture(scope="module")
def fleets(new_fleet: NewFleet) -> dict[str, Fleet]:
    """Three workers with each event log; at their end they have little patience for runs."""
    changes = {"SHUTDOWN_GRACE_SECONDS": GRACE_SECONDS}
    return {log: new_fleet(3, log=log, changes=changes) for log in ("database", "redis")}


@pytest.fixture
def fleet(fleets: dict[str, Fleet]) -> Fleet:
    return fleets["redis"]


async def stopped_and_started(worker: Worker) -> None:
    await asyncio.to_thread(worker.stop)
    await asyncio.to_thread(worker.start)


async def test_an_answer_whose_worker_is_stopped_goes_on_elsewhere_at_once(
    fleets: dict[str, Fleet], tell: Tell
) -> None:
    await asyncio.gather(*(assert_handed_over(fleet, tell) for fleet in fleets.values()))


async def assert_handed_over(fleet: Fleet, tell: Tell) -> None:
    leaving, other, _ = fleet.workers
    telling = await tell(fleet, leaving, words=180)
    telling.follow(leaving)
    telling.follow(other)
    telling.follow(leaving, socket=True)
    await telling.heard(20)

    await stopped_and_started(leaving)

    await telling.conclude(status="completed", calls=2)
    # Far below the lease of 10 s: it was handed over.
    assert telling.longest_silence_seconds < 5


async def test_an_answer_that_ends_in_the_grace_is_not_disturbed(fleet: Fleet, tell: Tell) -> None:
    leaving, *_ = fleet.workers
    telling = await tell(fleet, leaving, words=40)
    telling.follow(leaving)
    await telling.heard(20)

    await stopped_and_started(leaving)

    await telling.conclude(status="completed", calls=1)


async def test_a_rolling_restart_under_load_loses_nothing(fleet: Fleet, tell: Tell) -> None:
    async def begun(number: int) -> Telling:
        worker = fleet.workers[number % len(fleet.workers)]
        telling = await tell(fleet, worker, words=80, rate=8)
        telling.follow(worker, socket=number % 4 == 0)
        return telling

    tellings = await asyncio.gather(*(begun(number) for number in range(STREAMS)))
    await asyncio.gather(*(telling.heard(3) for telling in tellings))

    for worker in fleet.workers:
        await stopped_and_started(worker)

    stored = await asyncio.gather(
        *(telling.conclude(status="completed", calls=None, within_seconds=150) for telling in tellings)
    )
    assert len({answer.content for answer in stored}) == STREAMS
