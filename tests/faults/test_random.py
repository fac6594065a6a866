"""Up to three mishaps at random times while several stories are told; a seed gives the same plan again.

``make faults SEEDS=500`` tries the seeds 1 to 500, ``make faults SEEDS=57-57`` that one alone.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.mishaps import MISHAPS, Mishap, Place
from tests.services.postgres import Postgres
from tests.services.proxy import running_proxy
from tests.services.redis import RedisService
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]

WORKERS = 3
STORIES = 4
MOST_MISHAPS = 3
# Everything happens while stories are told.
WINDOW_SECONDS = 1.2
QUICK = {
    "LEASE_SECONDS": 1.5,
    "RECOVERY_SECONDS": 0.2,
    "CANCEL_POLL_SECONDS": 0.2,
    "CHECKPOINT_SECONDS": 0.5,
    "SHUTDOWN_GRACE_SECONDS": 0.3,
    "MAX_TAKE_OVERS": 50,
}
# What a process may hold when nothing is told: its threads, its connections, its files.
MOST_THREADS = 40
MOST_DESCRIPTORS = 80
MOST_DATABASE_CONNECTIONS = 8 * WORKERS
MOST_REDIS_CONNECTIONS = 12 * WORKERS
SIGNS_OF_A_LEAK = ("was never retrieved", "was never awaited", "Task was destroyed", "ResourceWarning")


def seeds() -> range:
    first, _, last = os.environ.get("FAULT_SEEDS", "30").rpartition("-")
    return range(int(first or 1), int(last) + 1)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a seed stands for."""

    mishaps: list[tuple[float, Mishap]]
    begins: list[float]
    stops: list[float | None]

    @classmethod
    def of(cls, chance: Random) -> "Plan":
        """Draw a plan."""
        number = chance.randint(1, MOST_MISHAPS)
        mishaps = [(chance.uniform(0, WINDOW_SECONDS), chance.choice(MISHAPS)) for _ in range(number)]
        return cls(
            mishaps=sorted(mishaps, key=lambda one: one[0]),
            begins=[chance.uniform(0, WINDOW_SECONDS / 2) for _ in range(STORIES)],
            stops=[
                chance.uniform(0, WINDOW_SECONDS) if chance.random() < 0.2 else None for _ in range(STORIES)
            ],
        )

    def __str__(self) -> str:
        mishaps = ", ".join(f"{at:.2f} s {mishap.__name__}" for at, mishap in self.mishaps)
        return f"{mishaps}; stops {[f'{at:.2f} s' for at in self.stops if at is not None]}"


@pytest.fixture(scope="module")
def place(new_fleet: NewFleet, postgres: Postgres, redis: RedisService) -> Iterator[Place]:
    with ExitStack() as stack:
        to_postgres = stack.enter_context(running_proxy(postgres.port))
        to_redis = stack.enter_context(running_proxy(redis.port))
        fleet = new_fleet(
            WORKERS,
            log="redis",
            postgres_port=to_postgres.port,
            redis_port=to_redis.port,
            changes=QUICK,
        )
        yield Place(fleet=fleet, postgres=postgres, redis=redis, to_postgres=to_postgres, to_redis=to_redis)


@pytest.mark.parametrize("seed", seeds())
async def test_whatever_happens_everybody_has_the_same_whole_story(
    place: Place, tell: Tell, seed: int
) -> None:
    chance = Random(seed)
    plan = Plan.of(chance)
    # A lock belongs to the event loop that first had to wait for it, and each test has its own.
    place.locks.clear()
    print(f"seed {seed}: {plan}")  # noqa: T201 - what a report of a failure begins with

    async def happen(at: float, mishap: Mishap) -> None:
        await asyncio.sleep(at)
        await mishap(place, chance)

    async def tell_one(number: int) -> None:
        await asyncio.sleep(plan.begins[number])
        here, elsewhere, _ = chance.sample(place.fleet.workers, WORKERS)
        telling = await tell(place.fleet, here, words=50, rate=50)
        telling.follow(here, socket=number == 0)
        telling.follow(elsewhere, socket=number == 1)
        stop_at = plan.stops[number]
        if stop_at is not None:
            await asyncio.sleep(stop_at)
            await telling.stop(elsewhere, here)
        await telling.conclude(status=None if stop_at is not None else "completed", calls=None)

    try:
        async with asyncio.timeout(6 * PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            for at, mishap in plan.mishaps:
                group.create_task(happen(at, mishap))
            for number in range(STORIES):
                group.create_task(tell_one(number))
    finally:
        await asyncio.to_thread(place.heal)


async def test_in_the_end_nothing_has_leaked(place: Place, postgres: Postgres, redis: RedisService) -> None:
    def is_at_rest() -> bool:
        held = [worker.held() for worker in place.fleet.workers]
        return all(one.threads < MOST_THREADS and one.descriptors < MOST_DESCRIPTORS for one in held)

    await wait_until(is_at_rest)
    # What has come to its end is noticed by the servers a moment later.
    await wait_until(
        lambda: postgres.connection_count(place.fleet.database_name) <= MOST_DATABASE_CONNECTIONS
    )
    await wait_until(lambda: redis.connection_count() <= MOST_REDIS_CONNECTIONS)
    assert not [sign for sign in SIGNS_OF_A_LEAK if sign in place.fleet.log()]
