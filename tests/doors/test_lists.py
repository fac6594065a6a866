"""Lists and pages: what they cost, and what paging sees while rows change."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, Run
from chat.search.indexing import index_messages, index_title

JSON = "application/json"


async def queries_of(request: Awaitable[Any]) -> int:
    """Return how many queries a request makes on the thread where views use the database."""
    captured = CaptureQueriesContext(connection)
    await sync_to_async(captured.__enter__)()
    try:
        assert (await request).status_code == 200
    finally:
        await sync_to_async(captured.__exit__)(None, None, None)
    return await sync_to_async(len)(captured)


async def answered(conversation: Conversation, number: int) -> None:
    """Let the conversation grow by a question and its answer, without an engine."""
    question = await Message.objects.acreate(
        conversation=conversation, parent=conversation.active_leaf, role="user", content=f"question {number}"
    )
    answer = await Message.objects.acreate(
        conversation=conversation, parent=question, role="assistant", content=f"answer {number}"
    )
    await Run.objects.acreate(
        conversation=conversation,
        message=answer,
        assistant="general",
        status=Run.Status.COMPLETED,
        ended_at=timezone.now(),
        last_seq=1,
    )
    conversation.active_leaf = answer
    await conversation.asave(update_fields=["active_leaf"])


async def a_stalled_one(member: Any) -> None:
    """Make a conversation that is being answered, by another process."""
    conversation = await Conversation.objects.acreate(owner=member, assistant="general")
    answer = await Message.objects.acreate(conversation=conversation, role="assistant")
    await Run.objects.acreate(conversation=conversation, message=answer, assistant="general", status="queued")


@pytest.mark.parametrize("name", ["messages", "conversation"])
async def test_a_long_conversation_costs_as_many_queries_as_a_short_one(
    client: AsyncClient, conversation: Conversation, name: str
) -> None:
    path = reverse(f"chat:{name}", args=[conversation.pk])
    await answered(conversation, 0)
    of_one = await queries_of(client.get(path))

    for number in range(1, 12):
        await answered(conversation, number)

    assert await queries_of(client.get(path)) == of_one
    assert of_one <= 10


@pytest.mark.parametrize("name", ["conversations", "index"])
async def test_a_long_list_costs_as_many_queries_as_a_short_one(
    client: AsyncClient, member: Any, name: str
) -> None:
    path = reverse(f"chat:{name}")
    await a_stalled_one(member)
    of_one = await queries_of(client.get(path))

    for _ in range(12):
        await a_stalled_one(member)

    assert await queries_of(client.get(path)) == of_one
    assert of_one <= 5


async def test_what_moves_up_while_somebody_pages_is_not_told_twice(client: AsyncClient, member: Any) -> None:
    made = [await Conversation.objects.acreate(owner=member, assistant="general") for _ in range(70)]
    path = reverse("chat:conversations")
    first = (await client.get(path)).json()

    await Conversation.objects.filter(pk=first["results"][5]["id"]).aupdate(updated_at=timezone.now())
    await Conversation.objects.filter(pk=first["results"][-1]["id"]).adelete()
    second = (await client.get(path, {"cursor": first["next"]})).json()
    third = (await client.get(path, {"cursor": second["next"]})).json()

    told = [one["id"] for page in (first, second, third) for one in page["results"]]
    assert len(told) == len(set(told)) == len(made)
    assert third["next"] is None


async def test_rows_of_one_moment_are_told_once_each(client: AsyncClient, member: Any) -> None:
    now = timezone.now()
    await Conversation.objects.abulk_create(
        Conversation(owner=member, assistant="general", updated_at=now) for _ in range(45)
    )
    path = reverse("chat:conversations")

    first = (await client.get(path)).json()
    second = (await client.get(path, {"cursor": first["next"]})).json()

    assert len({one["id"] for page in (first, second) for one in page["results"]}) == 45


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "x" * 60_000, "z " * 30_000, "\x00x", "🙂"])
async def test_any_words_can_be_searched_for(client: AsyncClient, member: Any, words: str) -> None:
    await Conversation.objects.acreate(owner=member, assistant="general", title="Plans for Busan")

    response = await client.get(reverse("chat:conversations"), {"q": words})

    assert response.status_code == 200
    assert response.json()["results"] == []


async def test_a_cursor_pages_through_what_was_searched_for(client: AsyncClient, member: Any) -> None:
    titles = ("Reisepläne", "other", "plans", "plan") * 20
    conversations = [
        await Conversation.objects.acreate(owner=member, assistant="general", title=title) for title in titles
    ]
    for conversation in conversations:
        await sync_to_async(index_title)(conversation)
    kept = conversations[-1]
    said = await Message.objects.acreate(conversation=kept, role="user", content="a plan that was said")
    await sync_to_async(index_messages)(kept, [said])
    await Conversation.objects.filter(pk=kept.pk).aupdate(archived=True)
    path = reverse("chat:conversations")

    first = (await client.get(path, {"q": "PLAN"})).json()
    second = (await client.get(path, {"q": "PLAN", "cursor": first["next"]})).json()
    archived = (await client.get(path, {"q": "PLAN", "archived": "1"})).json()

    told = [one["title"] for page in (first, second) for one in page["results"]]
    assert (len(first["results"]), second["next"]) == (30, None)
    assert sorted(told) == ["plan"] * 19 + ["plans"] * 20
    assert [one["id"] for one in archived["results"]] == [str(kept.pk)]
    assert (await client.get(path, {"q": "plan", "cursor": "x"})).status_code == 400


async def test_paging_back_stays_on_the_branch_where_it_began(
    client: AsyncClient, conversation: Conversation
) -> None:
    for number in range(20):
        await answered(conversation, number)
    path = reverse("chat:messages", args=[conversation.pk])
    first = (await client.get(path)).json()

    conversation.active_leaf = None
    await answered(conversation, 99)
    second = (await client.get(path, {"cursor": first["next"]})).json()

    assert len(second["results"]) == 10
    assert second["results"][-1]["content"] == "question 0"
    assert second["results"][-1]["sibling_count"] == 2


async def test_a_cursor_of_another_conversation_is_none(
    client: AsyncClient, conversation: Conversation, member: Any
) -> None:
    other = await Conversation.objects.acreate(owner=member, assistant="general")
    await answered(other, 0)

    response = await client.get(
        reverse("chat:messages", args=[conversation.pk]), {"cursor": str(other.active_leaf_id)}
    )

    assert response.status_code == 400


async def test_a_rename_or_a_pin_moves_no_conversation(
    client: AsyncClient, conversation: Conversation, member: Any
) -> None:
    newer = await Conversation.objects.acreate(owner=member, assistant="general")
    path = reverse("chat:conversation-item", args=[conversation.pk])

    await client.patch(path, {"title": "Renamed", "pinned": True}, content_type=JSON)

    listed = (await client.get(reverse("chat:conversations"))).json()["results"]
    assert [one["id"] for one in listed] == [str(newer.pk), str(conversation.pk)]


async def test_a_list_names_the_run_that_answers_now(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/stall")

    listed = (await client.get(reverse("chat:conversations"))).json()["results"]

    assert listed[0]["active_run"]["id"] == str(turn.run.pk)
    assert listed[0]["active_run"]["events_url"].endswith(f"/runs/{turn.run.pk}/events/")
