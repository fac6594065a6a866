"""What the site tells of itself when its database is away or hangs."""

from collections.abc import AsyncIterator, Callable

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse

from chat.database import close_lanes
from chat.models import Conversation
from chat.runs.dispatch import current_dispatcher
from chat.views import health
from tests.doors.hanging import database_that_answers_nobody
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine the time for what takes none, and to import a provider's client."""
    monkeypatch.setattr(health, "PROBE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
async def dead_database(client: AsyncClient, conversation: Conversation) -> AsyncIterator[None]:
    """A database that cannot be reached: every connection is gone, and none can be made."""
    database = connections.settings["default"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(database, "NAME", "/nowhere/at/all.sqlite3")
        await close_connections()
        yield
    await close_connections()


async def close_connections() -> None:
    close_lanes()
    await sync_to_async(connections.close_all)()


async def test_a_site_that_has_all_it_needs_is_up_and_ready(client: AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, set(ready.json().values())) == (200, {"ok"})


@pytest.mark.usefixtures("dead_database")
async def test_without_its_database_the_process_is_up_and_not_ready(client: AsyncClient) -> None:
    alive = await client.get("/healthz")
    ready = await client.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json() == {
        "database": "unavailable",
        "event_log": "unavailable",
        "provider": "ok",
        "process": "ok",
    }


@pytest.mark.usefixtures("dead_database")
@pytest.mark.parametrize("path", ["", "c/{}/", "c/{}/options/", "search/", "data/", "shared/a-token/"])
async def test_without_its_database_a_page_says_so_and_when_to_come_back(
    client: AsyncClient, conversation: Conversation, path: str
) -> None:
    response = await client.get(reverse("chat:index") + path.format(conversation.pk))

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "Not available at the moment" in response.content.decode()


@pytest.mark.usefixtures("dead_database")
@pytest.mark.parametrize("name", ["messages", "conversation-item"])
async def test_without_its_database_the_api_says_when_to_come_back(
    client: AsyncClient, conversation: Conversation, name: str
) -> None:
    response = await client.get(reverse(f"chat:{name}", args=[conversation.pk]))

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "unavailable"
    assert int(response.headers["Retry-After"]) > 0


async def test_a_process_that_is_told_to_end_is_up_and_not_ready(client: AsyncClient) -> None:
    await current_dispatcher().drain(grace_seconds=0)

    ready = await client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["process"] == "unavailable"
    assert (await client.get("/healthz")).status_code == 200


async def test_openai_without_a_key_is_not_ready(client: AsyncClient, configure: Callable[..., None]) -> None:
    path, model = "chat.providers.openai.OpenAIProvider", {"model_name": "gpt-4.1-mini"}
    configure(PROVIDER={"BACKEND": path, "OPTIONS": model})

    ready = await client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["provider"] == "unavailable"


async def test_a_server_without_accounts_needs_no_key(
    client: AsyncClient, configure: Callable[..., None]
) -> None:
    path, model = (
        "chat.providers.openai.OpenAIProvider",
        {"model_name": "m", "base_url": "http://127.0.0.1:9/v1"},
    )
    configure(PROVIDER={"BACKEND": path, "OPTIONS": model})

    assert (await client.get("/readyz")).status_code == 200


async def test_a_database_that_hangs_is_not_waited_for(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurry:
        hurry.setattr(health, "PROBE_SECONDS", 0.05)
        async with database_that_answers_nobody():
            ready = await client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["database"] == "unavailable"
    assert (await client.get("/readyz")).status_code == 200
