"""The same scenarios through each door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model

from chat.models import Conversation, Message, Run
from chat.runs.dispatch import current_dispatcher
from tests.doors.speaking import Door, Refused, all_of, opened
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture(params=["sse", "websocket"])
async def door(
    request: pytest.FixtureRequest, member: Any, conversation: Conversation
) -> AsyncIterator[Door]:
    async with opened(request.param, member, conversation) as door:
        yield door


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["content"] for event in events if event["type"] == "token")


async def test_an_answer_is_heard_whole(door: Door) -> None:
    # Slow enough to be heard while it is written: of an ended run the log may lack a moment.
    run_id = await door.send("/slow 200\n/repeat Hello, 세계 👋")

    events = await all_of(door.follow(run_id))

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "start"
    assert events[0]["run"] == run_id
    assert events[-1]["type"] == "done"
    assert events[-1]["status"] == "completed"
    assert text_of(events) == "Hello, 세계 👋"


async def test_following_begins_after_any_position(door: Door) -> None:
    run_id = await door.send("/long 10")
    events = await all_of(door.follow(run_id))
    # From the log, which has all of it by then.
    await wait_until(lambda: current_dispatcher().hub.get(UUID(run_id)) is None)

    rest = await all_of(door.follow(run_id, after=4))

    assert rest == events[4:]


async def test_a_stop_is_heard_while_the_answer_streams(door: Door) -> None:
    run_id = await door.send("/stall after 3")
    await wait_until(lambda: (live := current_dispatcher().hub.get(UUID(run_id))) and live.text)
    await door.cancel(run_id)

    async with asyncio.timeout(PATIENCE_SECONDS):
        events = await all_of(door.follow(run_id))

    assert events[-1]["status"] == "cancelled"
    assert (await Message.objects.aget(run=UUID(run_id))).content == text_of(events)


async def test_a_failure_has_its_code(door: Door) -> None:
    events = await all_of(door.follow(await door.send("/fail rate_limited after 2")))

    assert events[-1]["type"] == "error"
    assert events[-1]["code"] == "rate_limited"
    assert events[-1]["retryable"]


async def test_the_same_click_again_is_the_same_turn(door: Door) -> None:
    first = await door.send("/repeat once")
    await all_of(door.follow(first))

    assert await door.send("/repeat once") == first
    assert await Run.objects.acount() == 1


async def test_the_same_click_with_another_text_is_refused(door: Door) -> None:
    await all_of(door.follow(await door.send("/repeat one")))

    with pytest.raises(Refused, match="client_message_id_reused"):
        await door.send("/repeat two")


async def test_a_second_turn_while_one_runs_names_the_run(door: Door) -> None:
    run_id = await door.send("/stall")

    with pytest.raises(Refused, match="run_active") as refused:
        await door.send("/repeat more", "another-click")

    assert refused.value.error["run"] == run_id
    assert refused.value.error["events_url"].endswith(f"/runs/{run_id}/events/")


async def test_an_answer_can_be_given_again(door: Door) -> None:
    first = await door.send("/repeat hello")
    await all_of(door.follow(first))
    answer = await Message.objects.aget(run=UUID(first))

    second = await door.regenerate(str(answer.pk))

    assert text_of(await all_of(door.follow(second))) == "hello"
    assert await Message.objects.filter(parent=answer.parent_id).acount() == 2


async def test_the_same_click_for_another_answer_is_one_answer(door: Door) -> None:
    first = await door.send("/repeat hello")
    await all_of(door.follow(first))
    answer = await Message.objects.aget(run=UUID(first))

    second = await door.regenerate(str(answer.pk), client_message_id="again")
    await all_of(door.follow(second))

    assert await door.regenerate(str(answer.pk), client_message_id="again") == second


async def test_an_edit_of_the_first_message_answers_nothing(door: Door) -> None:
    await all_of(door.follow(await door.send("/repeat one")))

    await all_of(door.follow(await door.send("/repeat two", "edit", parent=None)))
    await all_of(door.follow(await door.send("/repeat three", "more")))

    beginnings = Message.objects.filter(parent=None).order_by("created_at")
    assert [message.content async for message in beginnings] == ["/repeat one", "/repeat two"]
    assert (await Message.objects.aget(client_message_id="more")).parent_id is not None


async def test_an_answer_that_was_cut_goes_on_where_it_was(
    door: Door, configure: Callable[..., None]
) -> None:
    configure(MAX_OUTPUT_TOKENS=20)
    run_id = await door.send("/long 30")
    await all_of(door.follow(run_id))
    cut = await Message.objects.aget(run=UUID(run_id))

    events = await all_of(door.follow(await door.go_on(str(cut.pk))))

    # Who comes late enough hears nothing before the snapshot.
    told = next(event for event in events if event["type"] != "start")
    assert (told["type"], told["content"]) == ("snapshot", cut.content)
    assert (cut.content + text_of(events)).endswith("word29 word30")
    with pytest.raises(Refused, match="invalid"):
        await door.go_on(str((await Message.objects.aget(run__finish_reason="stop")).pk))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("", "content"),
        (" \n\t ", "content"),
        ("x" * 32_001, "content"),
        ("nul\x00", "content"),
        ("half \ud800", "content"),
        (5, "content"),
        (None, "content"),
        (["a"], "content"),
    ],
)
async def test_what_is_no_message_is_refused_with_its_field(door: Door, content: object, field: str) -> None:
    with pytest.raises(Refused, match="invalid") as refused:
        await door.send(content)

    assert field in refused.value.error["fields"]
    assert not await Message.objects.aexists()


@pytest.mark.parametrize("client_message_id", ["", "a b", "x" * 65, 7, None, "한"])
async def test_what_is_no_click_is_refused(door: Door, client_message_id: object) -> None:
    with pytest.raises(Refused, match="invalid") as refused:
        await door.send("hello", client_message_id)

    assert "client_message_id" in refused.value.error["fields"]
    assert not await Message.objects.aexists()


async def test_a_text_is_kept_as_it_was_written(door: Door) -> None:
    await all_of(door.follow(await door.send("  /long 1\n\n  spaced \t")))

    assert (await Message.objects.aget(role="user")).content == "  /long 1\n\n  spaced \t"


async def test_what_belongs_to_another_member_does_not_exist(door: Door) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")
    theirs = await Conversation.objects.acreate(owner=stranger, assistant="general")
    question = await Message.objects.acreate(conversation=theirs, role="user")
    message = await Message.objects.acreate(conversation=theirs, role="assistant", parent=question)
    run = await Run.objects.acreate(conversation=theirs, message=message, assistant="general")

    for run_id in (run.pk, uuid4()):
        with pytest.raises(Refused, match="not_found"):
            await all_of(door.follow(str(run_id)))
        with pytest.raises(Refused, match="not_found"):
            await door.cancel(str(run_id))
    for message_id in (message.pk, uuid4()):
        with pytest.raises(Refused, match="not_found"):
            await door.regenerate(str(message_id))
        with pytest.raises(Refused, match="not_found"):
            await door.go_on(str(message_id))
