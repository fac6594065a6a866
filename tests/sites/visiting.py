"""A visit to a host site; ``test_sites.py`` runs it in a process of its own with each site's settings."""

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, Message, Run
from chat.views import health, streams
from tests.runs.conftest import configure, engine
from tests.waiting import PATIENCE_SECONDS

__all__ = ["configure", "engine"]

JSON = "application/json"
KEEPS_SESSIONS = not settings.SESSION_ENGINE.endswith("signed_cookies")
HAS_CHANNELS = sys.modules.get("channels", "not asked for yet") is not None


@pytest.fixture
async def member() -> Any:
    model = get_user_model()
    return await model.objects.acreate(**{model.USERNAME_FIELD: "member@site.example"})


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    client = AsyncClient(headers={"accept-encoding": "gzip"})
    await client.aforce_login(member)
    return client


@pytest.fixture
async def conversation(member: Any) -> Conversation:
    return await Conversation.objects.acreate(owner=member, assistant="general")


@pytest.fixture
def checks_at_once(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> None:
    """Check access at every heartbeat, and have many of those."""
    monkeypatch.setattr(streams, "ACCESS_CHECK_SECONDS", 0)
    configure(HEARTBEAT_SECONDS=0.02)


async def ask(client: AsyncClient, conversation: Conversation, content: str) -> Any:
    """Send a message and return the response that streams its answer."""
    return await client.post(
        reverse("chat:messages", args=[conversation.pk]),
        {"content": content, "client_message_id": "click"},
        content_type=JSON,
        headers={"accept": "text/event-stream"},
    )


async def heard(parts: AsyncIterator[bytes], wanted: bytes) -> bytes:
    """Read a stream until it has said something."""
    said = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for part in parts:
            said += part
            if wanted in said:
                return said
    raise AssertionError(f"the stream ended without {wanted!r}: {said!r}")


async def rest_of(parts: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return b"".join([part async for part in parts])


def text_of(response: Any) -> str:
    is_compressed = response.headers.get("Content-Encoding") == "gzip"
    content = gzip.decompress(response.content) if is_compressed else response.content
    return str(content.decode())


def test_the_site_is_configured_well() -> None:
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_the_app_needs_no_migration_of_its_own_for_this_site() -> None:
    call_command("makemigrations", "chat", check_changes=True, dry_run=True)


async def test_an_answer_streams_before_it_ends(client: AsyncClient, conversation: Conversation) -> None:
    response = await ask(client, conversation, "/stall after 2")
    parts = aiter(response.streaming_content)

    assert response.headers["Content-Encoding"] == "identity"
    await heard(parts, b'"type":"token"')
    await client.post(reverse("chat:run-cancel", args=[response.headers["X-Chat-Run"]]))
    await heard(parts, b'"status":"cancelled"')


async def test_an_answer_is_kept_and_shown(client: AsyncClient, conversation: Conversation) -> None:
    response = await ask(client, conversation, "/repeat **Hello**, 세계")
    await heard(aiter(response.streaming_content), b'"status":"completed"')

    page = await client.get(reverse("chat:conversation", args=[conversation.pk]))
    listed = await client.get(reverse("chat:messages", args=[conversation.pk]))

    assert page.status_code == 200
    assert "<strong>Hello</strong>, 세계" in text_of(page)
    assert json.loads(text_of(listed))["results"][0]["content"] == "**Hello**, 세계"
    assert (await Run.objects.aget(pk=UUID(response.headers["X-Chat-Run"]))).status == "completed"


async def test_a_form_without_javascript_sends(client: AsyncClient) -> None:
    start = await client.get(reverse("chat:index"))
    sent = await client.post(reverse("chat:index"), {"content": "/repeat Hi", "client_message_id": "click"})
    page = await client.get(sent.headers["Location"])

    assert (start.status_code, sent.status_code, page.status_code) == (200, 303, 200)
    assert "/repeat Hi" in text_of(page)


async def test_pollers_are_answered(client: AsyncClient, conversation: Conversation) -> None:
    started = await ask(client, conversation, "/repeat Hello")
    await heard(aiter(started.streaming_content), b'"type":"done"')
    path = reverse("chat:run-events", args=[started.headers["X-Chat-Run"]])

    page = json.loads(text_of(await client.get(path, {"wait": "1"}, headers={"accept": JSON})))

    assert page["events"][-1]["type"] == "done"
    assert (await client.get(path, {"after": str(page["events"][-1]["seq"])})).status_code == 204


@pytest.mark.skipif(not KEEPS_SESSIONS, reason="nobody can end a session that only the browser has")
@pytest.mark.usefixtures("checks_at_once")
async def test_signing_out_ends_a_stream(client: AsyncClient, conversation: Conversation) -> None:
    response = await ask(client, conversation, "/stall after 1")
    parts = aiter(response.streaming_content)
    await heard(parts, b": keep-alive\n\n: keep-alive")

    await client.alogout()

    assert b'"type":"done"' not in await rest_of(parts)


@pytest.mark.usefixtures("checks_at_once")
async def test_a_member_who_is_deactivated_hears_no_more(
    client: AsyncClient, member: Any, conversation: Conversation
) -> None:
    response = await ask(client, conversation, "/stall after 1")
    parts = aiter(response.streaming_content)
    await heard(parts, b": keep-alive\n\n: keep-alive")

    await get_user_model().objects.filter(pk=member.pk).aupdate(is_active=False)

    assert b'"type":"done"' not in await rest_of(parts)


async def test_strangers_are_kept_out(conversation: Conversation) -> None:
    client = AsyncClient()

    page = await client.get(reverse("chat:conversation", args=[conversation.pk]))
    listed = await client.get(reverse("chat:messages", args=[conversation.pk]))

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/login/")
    assert listed.status_code == 401


async def test_the_site_tells_its_health(monkeypatch: pytest.MonkeyPatch) -> None:
    # A machine that does other things as well is slow, not unwell.
    monkeypatch.setattr(health, "PROBE_SECONDS", PATIENCE_SECONDS)
    client = AsyncClient()

    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200


@pytest.mark.skipif(not HAS_CHANNELS, reason="there is no WebSocket without channels")
async def test_the_websocket_answers_who_has_a_session(
    client: AsyncClient, conversation: Conversation
) -> None:
    from channels.auth import AuthMiddlewareStack
    from channels.routing import URLRouter
    from channels.testing import WebsocketCommunicator

    from chat.routing import websocket_urlpatterns

    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    socket = WebsocketCommunicator(
        AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
        f"/ws/chat/{conversation.pk}/",
        headers=[(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookie)],
    )
    connected, _ = await socket.connect(timeout=PATIENCE_SECONDS)
    assert connected

    await socket.send_to(text_data='{"type": "send", "content": "/repeat Hi", "client_message_id": "click"}')

    async with asyncio.timeout(PATIENCE_SECONDS):
        while json.loads(await socket.receive_from(PATIENCE_SECONDS))["type"] != "done":
            pass
    assert (await Message.objects.aget(role="assistant")).content == "Hi"
    await socket.disconnect()


@pytest.mark.skipif(HAS_CHANNELS, reason="this is about sites without channels")
def test_channels_is_really_away() -> None:
    with pytest.raises(ImportError):
        import channels  # noqa: F401
