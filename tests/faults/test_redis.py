"""Redis is restarted, loses its data, is out of reach or slow while answers are written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet
from tests.services.proxy import Proxy, running_proxy
from tests.services.redis import RedisService

pytestmark = [pytest.mark.services, pytest.mark.slow]

AWAY_SECONDS = 10
FROZEN_SECONDS = 4


@dataclass(frozen=True, kw_only=True)
class Way:
    """Redis, and the network between it and the site."""

    redis: RedisService
    proxy: Proxy


@pytest.fixture(scope="module")
def way(redis: RedisService) -> Iterator[Way]:
    with running_proxy(redis.port) as proxy:
        yield Way(redis=redis, proxy=proxy)


@pytest.fixture(scope="module")
def fleet(new_fleet: NewFleet, way: Way) -> Fleet:
    return new_fleet(2, log="redis", redis_port=way.proxy.port)


async def restarted(way: Way) -> None:
    way.redis.kill()
    await asyncio.to_thread(way.redis.start)


async def flushed(way: Way) -> None:
    way.redis.flush()


async def flushed_twice_and_restarted(way: Way) -> None:
    way.redis.flush()
    await restarted(way)
    way.redis.flush()


async def unreachable(way: Way) -> None:
    way.proxy.cut()
    await asyncio.sleep(AWAY_SECONDS)
    way.proxy.heal()


async def frozen(way: Way) -> None:
    way.redis.pause()
    await asyncio.sleep(FROZEN_SECONDS)
    way.redis.resume()


async def slow(way: Way) -> None:
    way.proxy.delay(0.2)
    await asyncio.sleep(2)
    way.proxy.heal()


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (restarted, 1),
        (flushed, 1),
        (flushed_twice_and_restarted, 1),
        (unreachable, AWAY_SECONDS),
        (frozen, FROZEN_SECONDS),
        (slow, 2),
    ],
)
async def test_runs_go_on_and_followers_end_with_the_whole_text(
    fleet: Fleet, tell: Tell, way: Way, fault: Callable[[Way], Awaitable[None]], seconds: float
) -> None:
    here, elsewhere = fleet.workers
    # One ends before Redis is back, one long after.
    short, long = await asyncio.gather(
        *(tell(fleet, here, words=words, rate=20) for words in (30, int(20 * (seconds + 3))))
    )
    for telling in (short, long):
        telling.follow(here)
        telling.follow(elsewhere)
        telling.follow(elsewhere, socket=True)
    await asyncio.gather(short.heard(10), long.heard(10))

    await fault(way)

    await asyncio.gather(short.conclude(status="completed"), long.conclude(status="completed"))
    # Who follows at the run's own worker needs no Redis.
    silences = [telling.followers[0].longest_silence_seconds for telling in (short, long)]
    assert max(silences) < 2


async def test_a_turn_can_be_begun_and_heard_while_redis_is_away(fleet: Fleet, tell: Tell, way: Way) -> None:
    way.proxy.cut()
    try:
        telling = await tell(fleet, *fleet.workers, words=20)
        telling.follow(*fleet.workers)
        telling.follow(*reversed(fleet.workers))
        await telling.conclude(status="completed")
    finally:
        way.proxy.heal()
