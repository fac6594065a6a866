"""What can happen to a site of several workers: each mishap begins, lasts, and is over when it returns."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.fleet import Fleet, Worker
from tests.services.postgres import Postgres
from tests.services.proxy import Proxy
from tests.services.redis import RedisService

SHORT_SECONDS = (0.2, 1.5)


@dataclass(frozen=True, kw_only=True)
class Place:
    """All that can be hit. Two mishaps do not hit one thing at a time: the second one waits."""

    fleet: Fleet
    postgres: Postgres
    redis: RedisService
    to_postgres: Proxy
    to_redis: Proxy
    locks: defaultdict[object, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def heal(self) -> None:
        """Bring everything back, whatever was done to it."""
        for service in (self.postgres, self.redis):
            service.heal()
        for proxy in (self.to_postgres, self.to_redis):
            proxy.heal()
        for worker in self.fleet.workers:
            worker.heal()


Mishap = Callable[[Place, Random], Awaitable[None]]


async def worker_killed(place: Place, chance: Random) -> None:
    worker = _any_worker(place, chance)
    async with place.locks[worker]:
        worker.kill()
        await asyncio.to_thread(worker.start)


async def worker_stopped(place: Place, chance: Random) -> None:
    worker = _any_worker(place, chance)
    async with place.locks[worker]:
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(worker.start)


async def worker_frozen(place: Place, chance: Random) -> None:
    worker = _any_worker(place, chance)
    async with place.locks[worker]:
        worker.pause()
        # On both sides of the lease.
        await asyncio.sleep(chance.uniform(0.5, 3))
        worker.resume()


async def redis_killed(place: Place, chance: Random) -> None:
    async with place.locks[place.redis]:
        place.redis.kill()
        await asyncio.to_thread(place.redis.start)


async def redis_flushed(place: Place, chance: Random) -> None:
    async with place.locks[place.redis]:
        place.redis.flush()


async def redis_frozen(place: Place, chance: Random) -> None:
    async with place.locks[place.redis]:
        place.redis.pause()
        await asyncio.sleep(chance.uniform(*SHORT_SECONDS))
        place.redis.resume()


async def redis_out_of_reach(place: Place, chance: Random) -> None:
    await _cut(place, place.to_redis, chance)


async def redis_slow(place: Place, chance: Random) -> None:
    async with place.locks[place.to_redis]:
        place.to_redis.delay(0.2)
        await asyncio.sleep(chance.uniform(*SHORT_SECONDS))
        place.to_redis.heal()


async def database_restarted(place: Place, chance: Random) -> None:
    async with place.locks[place.postgres]:
        await asyncio.to_thread(place.postgres.restart)


async def database_killed(place: Place, chance: Random) -> None:
    async with place.locks[place.postgres]:
        place.postgres.kill()
        await asyncio.to_thread(place.postgres.start)


async def database_throws_clients_out(place: Place, chance: Random) -> None:
    async with place.locks[place.postgres]:
        place.postgres.kill_connections(place.fleet.database_name)


async def database_out_of_reach(place: Place, chance: Random) -> None:
    await _cut(place, place.to_postgres, chance)


async def database_frozen(place: Place, chance: Random) -> None:
    async with place.locks[place.to_postgres]:
        place.to_postgres.freeze()
        await asyncio.sleep(chance.uniform(*SHORT_SECONDS))
        place.to_postgres.heal()


MISHAPS: tuple[Mishap, ...] = (
    worker_killed,
    worker_stopped,
    worker_frozen,
    redis_killed,
    redis_flushed,
    redis_frozen,
    redis_out_of_reach,
    redis_slow,
    database_restarted,
    database_killed,
    database_throws_clients_out,
    database_out_of_reach,
    database_frozen,
)


async def _cut(place: Place, proxy: Proxy, chance: Random) -> None:
    async with place.locks[proxy]:
        proxy.cut()
        await asyncio.sleep(chance.uniform(*SHORT_SECONDS))
        proxy.heal()


def _any_worker(place: Place, chance: Random) -> Worker:
    return chance.choice(place.fleet.workers)
