"""What happens to a stream or a socket when its member, its run or the database goes away."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse

from chat import consumers
from chat.models import Conversation, Run
from chat.permissions import OwnerPolicy
from chat.runs.dispatch import current_dispatcher
from chat.views import streams
from tests.doors.speaking import PatientCommunicator, socket
from tests.waiting import PATIENCE_SECONDS, wait_until


class ReadingPolicy(OwnerPolicy):
    """Members see their conversations, and may not change them."""

    def may_post(self, user: Any, conversation: Conversation) -> bool:
        """Nobody may."""
        return False


@pytest.fixture
def checks_at_once(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> None:
    """Check access at every heartbeat, and have many of those."""
    monkeypatch.setattr(streams, "ACCESS_CHECK_SECONDS", 0)
    monkeypatch.setattr(consumers, "ACCESS_CHECK_SECONDS", 0)
    configure(HEARTBEAT_SECONDS=0.02)


async def sign_out(client: AsyncClient, member: Any) -> None:
    await client.alogout()


async def deactivate(client: AsyncClient, member: Any) -> None:
    await get_user_model().objects.filter(pk=member.pk).aupdate(is_active=False)


async def change_password(client: AsyncClient, member: Any) -> None:
    member.set_password("another")
    await member.asave()


async def give_away(client: AsyncClient, member: Any) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")
    await Conversation.objects.filter(owner=member).aupdate(owner=stranger)


WAYS_TO_LOSE_ACCESS = (sign_out, deactivate, change_password, give_away)


@pytest.mark.usefixtures("checks_at_once")
@pytest.mark.parametrize("lose_access", WAYS_TO_LOSE_ACCESS)
async def test_a_stream_ends_when_its_member_loses_access(
    client: AsyncClient, member: Any, say: Callable[..., Any], lose_access: Callable[..., Any]
) -> None:
    turn = await say("/stall after 1")
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))
    parts = response.streaming_content  # type: ignore[attr-defined]
    await anext(parts)

    await lose_access(client, member)

    async with asyncio.timeout(PATIENCE_SECONDS):
        rest = [part async for part in parts]
    assert b'"type":"done"' not in b"".join(rest)
    assert await Run.objects.active().aexists()


@pytest.mark.usefixtures("checks_at_once")
async def test_a_stream_goes_on_while_its_member_may_read_it(
    client: AsyncClient, say: Callable[..., Any]
) -> None:
    turn = await say("/stall after 1")
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))
    parts = response.streaming_content  # type: ignore[attr-defined]
    async with asyncio.timeout(PATIENCE_SECONDS):
        heartbeats = 0
        while heartbeats < 5:
            heartbeats += await anext(parts) == b": keep-alive\n\n"

    await client.post(reverse("chat:run-cancel", args=[turn.run.pk]))

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert b'"status":"cancelled"' in b"".join([part async for part in parts])


@pytest.mark.usefixtures("checks_at_once")
@pytest.mark.parametrize(
    ("lose_access", "code"),
    [(sign_out, 4401), (deactivate, 4401), (change_password, 4401), (give_away, 4404)],
)
async def test_a_socket_closes_when_its_member_loses_access(
    client: AsyncClient, member: Any, conversation: Conversation, lose_access: Callable[..., Any], code: int
) -> None:
    communicator = signed_in(socket(conversation.pk, member), client)
    await communicator.connect()
    assert json.loads(await communicator.receive_from())["type"] == "keep-alive"

    await lose_access(client, member)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while (message := await communicator.receive_output())["type"] != "websocket.close":
            pass
    assert message["code"] == code
    await communicator.disconnect()


async def test_a_stream_of_a_run_that_is_deleted_ends_in_order(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat hello")
    # So long the process can tell it without the database.
    await wait_until(lambda: current_dispatcher().hub.get(turn.run.pk) is None)
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))

    await conversation.adelete()

    parts = [part async for part in response.streaming_content]  # type: ignore[attr-defined]
    assert all(b'"type"' not in part for part in parts)


async def test_leaving_a_stream_leaves_no_task(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/stall after 1")
    before = asyncio.all_tasks()
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))
    parts = response.streaming_content  # type: ignore[attr-defined]
    await anext(parts)
    await anext(parts)

    await parts.aclose()

    await wait_until(lambda: not asyncio.all_tasks() - before)
    assert await Run.objects.active().aexists()


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_who_waits_for_a_run_holds_no_connection(
    client: AsyncClient, say: Callable[..., Any], accept: str
) -> None:
    turn = await say("/stall after 0")
    path = reverse("chat:run-events", args=[turn.run.pk])
    waiting = asyncio.ensure_future(listen(client, path, {"accept": accept}))

    await wait_until(sync_to_async(is_without_connection))

    assert not waiting.done()
    await client.post(reverse("chat:run-cancel", args=[turn.run.pk]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await waiting


async def listen(client: AsyncClient, path: str, headers: dict[str, str]) -> None:
    query = {"after": "100", "wait": "20"}
    response = await client.get(path, query, headers=headers)
    if response.streaming:
        async for _part in response.streaming_content:  # type: ignore[attr-defined]
            pass


def is_without_connection() -> bool:
    """Look at the connection of the thread that serves requests here."""
    return connections["default"].connection is None


async def test_who_may_only_read_is_told_so_on_every_page(
    client: AsyncClient, conversation: Conversation, configure: Callable[..., None]
) -> None:
    configure(POLICY=f"{__name__}.{ReadingPolicy.__name__}")
    form = {"title": "x", "content": "x", "client_message_id": "1", "action": "rename"}

    for name in ("conversation", "conversation-options"):
        response = await client.post(reverse(f"chat:{name}", args=[conversation.pk]), form)
        assert response.status_code == 403
        assert b'role="alert"' in response.content
    assert await Conversation.objects.filter(pk=conversation.pk, title="").aexists()


def signed_in(communicator: PatientCommunicator, client: AsyncClient) -> PatientCommunicator:
    """Give the socket the session of a client, as the site's middleware would."""
    communicator.scope["session"] = SessionStore(client.cookies["sessionid"].value)
    return communicator
