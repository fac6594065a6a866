"""Real PostgreSQL, Redis, model and workers, and the way in which a test tells a story through them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bench.servers import scripted_model
from tests.faults.browser import Browser
from tests.faults.fleet import Fleet, Worker
from tests.faults.model import ScriptedModel, new_story
from tests.faults.telling import Telling
from tests.services.postgres import Postgres, running_postgres
from tests.services.redis import RedisService

Tell = Callable[..., Awaitable[Telling]]
NewFleet = Callable[..., Fleet]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that all tests share: each site has its own database, and none harms the server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def model() -> Iterator[ScriptedModel]:
    """The scripted model."""
    with scripted_model() as server:
        yield ScriptedModel(server)


@pytest.fixture(scope="module")
def new_fleet(
    postgres: Postgres, redis: RedisService, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewFleet]:
    """Start so many workers over a database of their own; they end with the module.

    ``log`` is where their events live, ``postgres_port`` and ``redis_port`` are those of proxies.
    """
    with ExitStack() as stack:

        def start(
            number: int,
            *,
            log: str = "database",
            postgres_port: int | None = None,
            redis_port: int | None = None,
            **given: Any,
        ) -> Fleet:
            name = postgres.new_database()
            fleet = Fleet(
                tmp_path_factory.mktemp("fleet"),
                number=number,
                database_name=name,
                database_url=postgres.url(name, port=postgres_port),
                redis_url=redis.url(port=redis_port) if log == "redis" else "",
                model_url=model.base_url,
                **given,
            )
            return stack.enter_context(fleet)

        yield start


@pytest.fixture
async def tell(model: ScriptedModel) -> AsyncIterator[Tell]:
    """Begin a story on a worker: ``telling = await tell(fleet, worker, words=100, rate=40)``."""
    ending: list[Telling | Browser] = []

    async def begin(
        fleet: Fleet, *workers: Worker, words: int = 40, rate: float = 40, script: str = ""
    ) -> Telling:
        browser = Browser(fleet.member, fleet.ports(*workers))
        telling = Telling(fleet, browser, model, new_story(words=words, rate=rate))
        ending.extend([browser, telling])
        await telling.begin(script)
        return telling

    yield begin
    for one in reversed(ending):
        await one.aclose()
