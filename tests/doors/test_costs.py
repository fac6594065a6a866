"""How often the doors ask the database: the same few times however much there is to show."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Conversation, Message, Run
from tests.runs.conftest import hear

# Of each page, with its query string; session and user come first, in every one of them.
MOST_QUERIES = {
    ("assistants", ""): 2,
    ("conversations", ""): 4,
    ("conversations", "?archived=1"): 4,
    # PostgreSQL is told in a transaction how to plan.
    ("conversations", "?q=plan"): 6,
    ("conversation-item", ""): 4,
    ("messages", ""): 7,
    ("index", ""): 5,
    ("conversation", ""): 10,
}
# Session, user, conversation, what speaks against a turn, two messages, their words, the run, the
# conversation, the prompt, and where the transaction begins and ends. PostgreSQL writes in one statement.
MOST_OF_A_TURN = {"sqlite": 11, "postgresql": 8}
OF_ONE = ("conversation-item", "messages", "conversation")


@asynccontextmanager
async def queries() -> AsyncIterator[CaptureQueriesContext]:
    """Count the queries of the thread that serves requests here."""
    # Not the proxy, which would mean another connection in each thread.
    captured = CaptureQueriesContext(await sync_to_async(lambda: connections["default"])())
    await sync_to_async(captured.__enter__)()
    yield captured
    await sync_to_async(captured.__exit__)(None, None, None)


async def grow(member: Any, conversation: Conversation, turns: int) -> None:
    """Add turns with two answers each, and as many other conversations that are being answered."""
    parent = (await Conversation.objects.select_related("active_leaf").aget(pk=conversation.pk)).active_leaf
    for _ in range(turns):
        question = await Message.objects.acreate(conversation=conversation, parent=parent, role="user")
        for _ in range(2):
            parent = await ended_answer(conversation, question)
        other = await Conversation.objects.acreate(owner=member, assistant="general", title="A plan")
        await Conversation.objects.acreate(owner=member, assistant="general", title="Old", archived=True)
        message = await Message.objects.acreate(conversation=other, role="assistant")
        # Queued just now: recovery leaves it to whoever queued it.
        await Run.objects.acreate(conversation=other, message=message, assistant="general")
    await Conversation.objects.filter(pk=conversation.pk).aupdate(active_leaf=parent)


async def ended_answer(conversation: Conversation, question: Message) -> Message:
    answer = await Message.objects.acreate(conversation=conversation, parent=question, role="assistant")
    await Run.objects.acreate(
        conversation=conversation,
        message=answer,
        assistant="general",
        status="completed",
        ended_at=answer.created_at,
        last_seq=1,
    )
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(("name", "query"), MOST_QUERIES)
async def test_a_page_costs_the_same_however_much_it_shows(
    client: AsyncClient, member: Any, conversation: Conversation, name: str, query: str
) -> None:
    path = reverse(f"chat:{name}", args=[conversation.pk] if name in OF_ONE else []) + query
    asked: list[list[str]] = []

    for turns in (1, 50):
        await grow(member, conversation, turns)
        async with queries() as captured:
            assert (await client.get(path)).status_code == 200
        asked.append([query["sql"] for query in captured.captured_queries])

    assert len(asked[0]) == len(asked[1]), asked
    assert 0 < len(asked[1]) <= MOST_QUERIES[name, query], asked[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["conversations", "messages"])
async def test_every_page_of_a_list_costs_the_same(
    client: AsyncClient, member: Any, conversation: Conversation, name: str
) -> None:
    await grow(member, conversation, 50)
    path = reverse(f"chat:{name}", args=[conversation.pk] if name in OF_ONE else [])
    cursor: str | None = ""
    counts = []

    while cursor is not None:
        async with queries() as captured:
            cursor = (await client.get(path, {"cursor": cursor})).json()["next"]
        counts.append(len(captured))

    assert len(counts) > 1
    assert set(counts) == {MOST_QUERIES[name, ""]}


async def test_following_asks_nothing_more_for_a_longer_answer(
    client: AsyncClient, say: Callable[..., Any]
) -> None:
    counts: list[int] = []

    for words in (5, 400):
        turn = await say(f"/long {words}")
        await hear(turn.run.pk)
        async with queries() as captured:
            response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))
            parts = [part async for part in response.streaming_content]  # type: ignore[attr-defined]
        assert b'"type":"done"' in parts[-1]
        counts.append(len(captured))

    assert 0 < counts[0] == counts[1] <= 4, counts


async def test_a_turn_begins_with_few_statements_in_one_transaction(
    client: AsyncClient, conversation: Conversation
) -> None:
    path = reverse("chat:messages", args=[conversation.pk])
    asked: list[list[str]] = []

    # The first turn gives the conversation its title.
    for number in range(2):
        turn = {"content": "/empty", "client_message_id": f"click-{number}"}
        async with queries() as captured:
            response = await client.post(
                path, turn, content_type="application/json", headers={"Accept": "text/event-stream"}
            )
        assert response.status_code == 200
        assert [part async for part in response.streaming_content]  # type: ignore[attr-defined]
        asked.append([query["sql"] for query in captured.captured_queries])

    assert 0 < len(asked[1]) <= MOST_OF_A_TURN[connection.vendor], asked[1]
    assert sum(sql.startswith("BEGIN") for sql in asked[1]) <= 1
