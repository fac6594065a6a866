"""One turn from the member's words to the committed answer."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model

from chat.exceptions import (
    ClientMessageIdReused,
    ConversationNotFound,
    MessageNotFound,
    RateLimited,
    RunActive,
)
from chat.models import Conversation, Message, Run, Usage
from chat.protocol.events import Done
from chat.runs.answers import regenerate
from chat.runs.queueing import NewAnswer
from chat.runs.titles import title_from
from chat.runs.turns import NewTurn, start_turn
from tests.runs.conftest import hear, hear_whole, stored


async def test_what_a_follower_hears_is_what_is_stored(say: Callable[..., Any]) -> None:
    turn = await say("/repeat Hello, 세계 👋")

    held = await hear_whole(turn.run.pk)

    run = await stored(turn)
    assert run.status == Run.Status.COMPLETED
    assert held.content == run.message.content == "Hello, 세계 👋"
    assert isinstance(held.end, Done)
    assert held.end.status == "completed"
    assert held.last_seq == run.last_seq


async def test_events_are_numbered_from_one_without_a_gap(say: Callable[..., Any]) -> None:
    turn = await say("/long 50")

    events = await hear(turn.run.pk)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[0].type == "start"
    assert [event.is_terminal for event in events].count(True) == 1
    assert events[-1].is_terminal


async def test_usage_is_stored_with_the_answer(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(PRICES={"echo": (1.0, 2.0)})
    turn = await say("/repeat one two three")

    held = await hear_whole(turn.run.pk)

    usage = await Usage.objects.aget(run=turn.run.pk)
    assert isinstance(held.end, Done)
    assert held.end.usage is not None
    assert held.end.usage.output_tokens == usage.output_tokens > 0


async def test_the_same_click_twice_is_one_turn(say: Callable[..., Any]) -> None:
    first, again = await asyncio.gather(
        say("/repeat once", client_message_id="click"), say("/repeat once", client_message_id="click")
    )

    await hear(first.run.pk)

    assert first.run.pk == again.run.pk
    assert sorted([first.is_new, again.is_new]) == [False, True]
    assert await Message.objects.acount() == 2
    assert await Run.objects.acount() == 1


async def test_the_same_click_with_another_text_is_refused(say: Callable[..., Any]) -> None:
    turn = await say("/repeat one", client_message_id="click")
    await hear(turn.run.pk)

    with pytest.raises(ClientMessageIdReused):
        await say("/repeat two", client_message_id="click")


async def test_a_second_turn_while_one_runs_is_refused_with_the_run_to_follow(
    say: Callable[..., Any],
) -> None:
    turn = await say("/stall")

    with pytest.raises(RunActive) as refused:
        await say("/repeat too early")

    assert refused.value.run_id == turn.run.pk
    assert await Message.objects.acount() == 2


async def test_twenty_turns_at_once_start_one_run(say: Callable[..., Any]) -> None:
    outcomes = await asyncio.gather(*(say("/stall") for _ in range(20)), return_exceptions=True)

    refused = [outcome for outcome in outcomes if isinstance(outcome, RunActive)]
    assert len(refused) == 19
    assert await Run.objects.acount() == 1


async def test_a_conversation_of_another_member_does_not_exist(conversation: Conversation) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")

    with pytest.raises(ConversationNotFound):
        await start_turn(
            user=stranger,
            conversation_id=conversation.pk,
            new=NewTurn(content="hello", client_message_id="1"),
        )

    assert not await Message.objects.aexists()


async def test_a_parent_in_another_conversation_does_not_exist(
    member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    other = await Conversation.objects.acreate(owner=member, assistant="general")
    turn = await say("/repeat hello")
    await hear(turn.run.pk)

    with pytest.raises(MessageNotFound):
        await start_turn(
            user=member,
            conversation_id=other.pk,
            new=NewTurn(content="hello", client_message_id="1", parent_id=turn.assistant_message.pk),
        )


async def test_a_conversation_gets_its_title_from_the_first_words(
    conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat What is a lease?")

    held = await hear_whole(turn.run.pk)

    await conversation.arefresh_from_db()
    assert conversation.title == held.title == "/repeat What is a lease?"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("short", "short"),
        ("first\nsecond", "first"),
        ("  many   spaces  ", "many spaces"),
        ("가" * 50, "가" * 39 + "…"),
    ],
)
def test_a_title_is_the_first_line_of_at_most_forty_characters(content: str, title: str) -> None:
    assert title_from(content) == title


async def test_a_second_answer_is_a_sibling_of_the_first(member: Any, say: Callable[..., Any]) -> None:
    first = await say("/repeat hello")
    await hear(first.run.pk)

    second = await regenerate(user=member, message_id=first.assistant_message.pk, new=NewAnswer())
    await hear(second.run.pk)

    siblings = Message.objects.filter(parent=first.user_message).order_by("created_at")
    assert [message.content async for message in siblings] == ["hello", "hello"]
    assert second.run.pk != first.run.pk


async def test_turns_per_minute_are_limited(say: Callable[..., Any], configure: Callable[..., None]) -> None:
    configure(TURNS_PER_MINUTE=1)
    turn = await say("/repeat one")
    await hear(turn.run.pk)

    with pytest.raises(RateLimited) as refused:
        await say("/repeat two")

    assert 1 <= refused.value.retry_after_seconds <= 61


async def test_active_runs_of_a_member_are_limited(
    member: Any, say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(ACTIVE_RUNS_PER_MEMBER=1)
    await say("/stall")
    other = await Conversation.objects.acreate(owner=member, assistant="general")

    with pytest.raises(RateLimited):
        await start_turn(
            user=member,
            conversation_id=other.pk,
            new=NewTurn(content="hello", client_message_id=uuid4().hex),
        )
