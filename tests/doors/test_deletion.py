"""A deleted conversation is gone for its member at once, can come back, and is purged in time."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.db.models import Model
from django.db.models.signals import post_init
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, Run, SharedConversation
from chat.runs.dispatch import current_dispatcher
from chat.runs.purging import end_expired_shares, purge_some
from chat.runs.queueing import Turn
from tests.runs.conftest import hear_whole

pytestmark = pytest.mark.django_db

Say = Callable[..., Any]
LONG_AGO = timedelta(days=400)


@pytest.fixture
async def turn(say: Say) -> Turn:
    said: Turn = await say("/repeat hello")
    await hear_whole(said.run.pk)
    return said


def address(name: str, conversation: Conversation) -> str:
    return reverse(f"chat:{name}", args=[conversation.pk])


async def listed(client: AsyncClient, query: str = "") -> list[str]:
    results = (await client.get(f"{reverse('chat:conversations')}{query}")).json()["results"]
    return [one["id"] for one in results]


async def test_what_is_deleted_is_in_no_list_and_behind_no_door(
    client: AsyncClient, conversation: Conversation, turn: Turn
) -> None:
    assert (await client.delete(address("conversation-item", conversation))).status_code == 204

    assert (
        await listed(client) == await listed(client, "?q=hello") == await listed(client, "?archived=1") == []
    )
    for name in ("conversation-item", "conversation", "messages"):
        assert (await client.get(address(name, conversation))).status_code == 404
    assert (await client.get(reverse("chat:run-events", args=[turn.run.pk]))).status_code == 404
    assert (await client.delete(address("conversation-item", conversation))).status_code == 404


async def test_what_is_restored_is_whole_again(
    client: AsyncClient, conversation: Conversation, turn: Turn
) -> None:
    await client.delete(address("conversation-item", conversation))

    first, second = [await client.post(address("restore", conversation)) for _ in range(2)]

    assert first.status_code == second.status_code == 200
    assert first.json()["id"] == str(conversation.pk)
    page = (await client.get(address("messages", conversation))).json()
    assert [one["content"] for one in page["results"]] == ["hello", "/repeat hello"]


async def test_an_answer_being_written_is_stopped_and_restored_as_stopped(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    slow = await say("/stall after 1\n/long 9")

    await client.delete(address("conversation-item", conversation))
    await hear_whole(slow.run.pk)
    await client.post(address("restore", conversation))

    results = (await client.get(address("messages", conversation))).json()["results"]
    assert (results[0]["role"], results[0]["status"]) == ("assistant", "cancelled")


@pytest.fixture
def gone_when_read() -> Iterator[Callable[..., None]]:
    """Have a conversation deleted for good once an instance of this model was read, by somebody else."""

    def connect(sender: type[Model], conversation: Conversation) -> None:
        def delete() -> None:
            Conversation.objects.filter(pk=conversation.pk).delete()
            connections.close_all()

        def on_read(**_read: Any) -> None:
            post_init.disconnect(sender=sender, dispatch_uid="gone")
            others.submit(delete).result()

        post_init.connect(on_read, sender=sender, weak=False, dispatch_uid="gone")

    with ThreadPoolExecutor(1) as others:
        yield connect
    for model in (Conversation, Message):
        post_init.disconnect(sender=model, dispatch_uid="gone")


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("PATCH conversation-item title", Conversation),
        ("GET messages", Message),
        ("POST shares conversation", Message),
        ("POST branch", Message),
        ("POST branch client_id", Message),
        ("POST feedback rating", Message),
    ],
)
async def test_what_goes_for_good_meanwhile_is_not_found(
    client: AsyncClient, turn: Turn, gone_when_read: Callable[..., None], asked: str, read: type[Model]
) -> None:
    conversation, answer = turn.user_message.conversation, turn.assistant_message
    given = {"title": "Trains", "conversation": str(conversation.pk), "client_id": "click", "rating": 1}
    method, name, *wished = asked.split()
    ids = {"shares": [], "branch": [answer.pk], "feedback": [answer.pk]}.get(name, [conversation.pk])
    gone_when_read(read, conversation)

    body = json.dumps({field: given[field] for field in wished})
    address = reverse(f"chat:{name}", args=ids)
    response = await client.generic(method, address, body, content_type="application/json")

    assert response.status_code == 404
    assert not await Conversation.objects.aexists()


async def test_what_a_link_showed_is_dropped_a_while_after_it_expired(
    client: AsyncClient, member: Any, conversation: Conversation
) -> None:
    ages = {"long over": timedelta(days=-31), "just over": timedelta(days=-29), "open": timedelta(days=1)}
    for name, age in ages.items():
        await SharedConversation.objects.acreate(
            owner=member,
            conversation=conversation,
            token_hash=name,
            title=name,
            messages=[{"role": "user", "content": "a", "created_at": "2026-01-01T00:00:00+00:00"}],
            expires_at=timezone.now() + age,
        )

    assert await sync_to_async(end_expired_shares)() == 1
    assert await sync_to_async(end_expired_shares)() == 0

    kept = SharedConversation.objects.kept().order_by("title").values_list("title", flat=True)
    assert [title async for title in kept] == ["just over", "open"]
    assert (await SharedConversation.objects.aget(title="long over")).messages == []


@pytest.mark.parametrize("name", ["restore", "seen", "conversation-item"])
async def test_another_member_neither_deletes_nor_restores_nor_sees(
    conversation: Conversation, name: str
) -> None:
    other = AsyncClient()
    await other.aforce_login(await get_user_model().objects.acreate(username="other"))
    await Conversation.objects.filter(pk=conversation.pk).aupdate(deleted_at=timezone.now())

    method = other.delete if name == "conversation-item" else other.post
    assert (await method(address(name, conversation))).status_code == 404
    assert (await method(reverse(f"chat:{name}", args=[uuid4()]))).status_code == 404

    assert await Conversation.objects.deleted().acount() == 1


async def test_an_answer_is_unseen_until_a_tab_says_that_it_was_seen(
    client: AsyncClient, conversation: Conversation, turn: Turn
) -> None:
    assert (await client.get(address("conversation-item", conversation))).json()["unseen"]

    assert (await client.post(address("seen", conversation))).status_code == 204
    assert not (await client.get(address("conversation-item", conversation))).json()["unseen"]

    before = await Conversation.objects.aget()
    await client.post(address("seen", conversation))
    assert (await Conversation.objects.aget()).changed_at == before.changed_at


async def test_a_temporary_conversation_is_in_no_list_and_no_search(client: AsyncClient) -> None:
    body = {"temporary": True}
    created = (await client.post(reverse("chat:conversations"), body, content_type="application/json")).json()

    assert created["temporary"]
    assert await listed(client) == await listed(client, "?q=a") == []
    address = reverse("chat:conversation-item", args=[created["id"]])
    assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("temporary", ["yes", 1, [True]])
async def test_whether_it_is_temporary_is_said_plainly(client: AsyncClient, temporary: object) -> None:
    body = {"temporary": temporary}
    response = await client.post(reverse("chat:conversations"), body, content_type="application/json")

    assert response.status_code == 400
    assert not await Conversation.objects.aexists()


async def test_a_plain_form_begins_a_temporary_conversation(client: AsyncClient) -> None:
    form = {"content": "hello", "client_message_id": uuid4().hex, "temporary": "on"}

    assert (await client.post(reverse("chat:index"), form)).status_code == 303

    assert (await Conversation.objects.aget()).temporary


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"deleted_at": timezone.now() - LONG_AGO}, id="deleted"),
        pytest.param({"temporary": True, "updated_at": timezone.now() - LONG_AGO}, id="temporary"),
    ],
)
async def test_what_has_had_its_time_is_purged_with_all_that_was_said(
    conversation: Conversation, turn: Turn, changes: dict[str, Any]
) -> None:
    await Conversation.objects.filter(pk=conversation.pk).aupdate(**changes)

    assert await purge_some(current_dispatcher().log) == 1

    assert not await Message.objects.aexists()
    assert not await Run.objects.aexists()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"deleted_at": timezone.now()}, id="deleted just now"),
        pytest.param({"temporary": True}, id="used just now"),
        pytest.param({"updated_at": timezone.now() - LONG_AGO}, id="old"),
    ],
)
async def test_what_has_its_time_is_kept(conversation: Conversation, changes: dict[str, Any]) -> None:
    await Conversation.objects.filter(pk=conversation.pk).aupdate(**changes)

    assert await purge_some(current_dispatcher().log) == 0


async def test_what_is_being_answered_is_not_purged(conversation: Conversation, say: Say) -> None:
    await say("/stall")
    await Conversation.objects.filter(pk=conversation.pk).aupdate(
        temporary=True, updated_at=timezone.now() - LONG_AGO
    )

    assert await purge_some(current_dispatcher().log) == 0


async def test_the_command_counts_first_and_purges_then(member: Any) -> None:
    for _ in range(25):
        await Conversation.objects.acreate(
            owner=member, assistant="general", deleted_at=timezone.now() - LONG_AGO
        )

    assert "25 conversations would be purged" in await purge("--dry-run")
    assert await Conversation.objects.acount() == 25
    assert "25 conversations purged" in await purge()
    assert not await Conversation.objects.aexists()


async def purge(*options: str) -> str:
    said = StringIO()
    await sync_to_async(call_command, thread_sensitive=False)("chat_purge", *options, stdout=said)
    return said.getvalue()
