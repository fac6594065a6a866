"""PostgreSQL is restarted, out of reach, frozen, or throws its clients out while answers are written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet
from tests.services.postgres import Postgres
from tests.services.proxy import Proxy, running_proxy

pytestmark = [pytest.mark.services, pytest.mark.slow]

AWAY_SECONDS = 10
FROZEN_SECONDS = 4


@dataclass(frozen=True, kw_only=True)
class Way:
    """PostgreSQL, the network between it and the site, and the site's database."""

    postgres: Postgres
    proxy: Proxy
    database: str


@pytest.fixture(scope="module")
def proxy(postgres: Postgres) -> Iterator[Proxy]:
    with running_proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def fleet(new_fleet: NewFleet, proxy: Proxy) -> Fleet:
    return new_fleet(2, postgres_port=proxy.port)


@pytest.fixture
def way(postgres: Postgres, proxy: Proxy, fleet: Fleet) -> Way:
    return Way(postgres=postgres, proxy=proxy, database=fleet.database_name)


async def restarted(way: Way) -> None:
    await asyncio.to_thread(way.postgres.restart)


async def killed(way: Way) -> None:
    way.postgres.kill()
    await asyncio.to_thread(way.postgres.start)


async def without_connections(way: Way) -> None:
    for _ in range(3):
        way.postgres.kill_connections(way.database)
        await asyncio.sleep(0.3)


async def unreachable(way: Way) -> None:
    way.proxy.cut()
    await asyncio.sleep(AWAY_SECONDS)
    way.proxy.heal()


async def frozen(way: Way) -> None:
    way.proxy.freeze()
    await asyncio.sleep(FROZEN_SECONDS)
    way.proxy.heal()


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (restarted, 1),
        (killed, 1),
        (without_connections, 1),
        (unreachable, AWAY_SECONDS),
        (frozen, FROZEN_SECONDS),
    ],
)
async def test_runs_go_on_in_memory_and_commit_when_it_is_back(
    fleet: Fleet, tell: Tell, way: Way, fault: Callable[[Way], Awaitable[None]], seconds: float
) -> None:
    here, elsewhere = fleet.workers
    # One ends before the database is back, one long after.
    short, long = await asyncio.gather(
        *(tell(fleet, here, words=words, rate=20) for words in (30, int(20 * (seconds + 3))))
    )
    for telling in (short, long):
        telling.follow(here)
        telling.follow(elsewhere)
    await asyncio.gather(short.heard(10), long.heard(10))

    await fault(way)

    await asyncio.gather(short.conclude(status="completed"), long.conclude(status="completed"))
    # Who follows at the run's own worker hears it all the while.
    assert long.followers[0].longest_silence_seconds < 2


async def test_a_run_that_the_database_refuses_to_complete_ends_as_failed(
    fleet: Fleet, tell: Tell, way: Way
) -> None:
    way.postgres.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;"
        "CREATE TRIGGER refuse BEFORE UPDATE ON chat_run FOR EACH ROW"
        " WHEN (NEW.status = 'completed') EXECUTE FUNCTION refuse()",
        database=way.database,
    )
    try:
        telling = await tell(fleet, *fleet.workers, words=20)
        telling.follow(*fleet.workers)
        telling.follow(*reversed(fleet.workers))
        await telling.conclude(status="failed")
    finally:
        way.postgres.execute("DROP FUNCTION refuse CASCADE", database=way.database)
