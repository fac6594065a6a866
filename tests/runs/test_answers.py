"""Other answers: once more, going on, on branches, in copies."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from chat.exceptions import (
    ClientMessageIdReused,
    InvalidInput,
    MessageNotFound,
    RunActive,
)
from chat.models import Conversation, Message, Run, Usage
from chat.protocol.events import Done
from chat.protocol.work import decode_work
from chat.runs.answers import continue_answer, record_continuation, regenerate
from chat.runs.branching import branch_off
from chat.runs.cancellation import record_cancel_request, request_cancel
from chat.runs.dispatch import current_dispatcher
from chat.runs.prompt import build_prompt, prompt_tokens
from chat.runs.queueing import NewAnswer, Turn
from chat.runs.selection import select_branch
from chat.runs.turns import NewTurn, start_turn
from chat.token_estimate import estimate_tokens
from tests.runs.conftest import hear, hear_whole
from tests.waiting import wait_until


async def said(say: Callable[..., Any], content: str) -> Turn:
    turn: Turn = await say(content)
    await hear(turn.run.pk)
    await turn.run.arefresh_from_db()
    await turn.assistant_message.arefresh_from_db()
    return turn


async def shown(conversation: Conversation) -> list[str]:
    """The texts of the shown path."""
    fresh = await Conversation.objects.select_related("active_leaf").aget(pk=conversation.pk)
    texts, message = [], fresh.active_leaf
    while message is not None:
        texts.append(message.content)
        message = await Message.objects.filter(children=message).afirst()
    return texts[::-1]


async def test_a_question_is_answered_once_more_by_its_own_id_or_its_answers(
    member: Any, say: Callable[..., Any]
) -> None:
    first = await said(say, "/repeat hello")

    for message in (first.user_message, first.assistant_message):
        again = await regenerate(user=member, message_id=message.pk, new=NewAnswer())
        await hear(again.run.pk)

    assert await Message.objects.filter(parent=first.user_message).acount() == 3


async def test_the_same_click_for_another_answer_is_one_answer(member: Any, say: Callable[..., Any]) -> None:
    first = await said(say, "/repeat hello")
    click = NewAnswer(client_message_id="again")

    second = await regenerate(user=member, message_id=first.assistant_message.pk, new=click)
    at_once = await regenerate(user=member, message_id=first.assistant_message.pk, new=click)
    await hear(second.run.pk)
    later = await regenerate(user=member, message_id=first.assistant_message.pk, new=click)

    assert (second.is_new, at_once.is_new, later.is_new) == (True, False, False)
    assert second.run.pk == at_once.run.pk == later.run.pk
    other = await said(say, "/repeat other")
    with pytest.raises(ClientMessageIdReused):
        await regenerate(user=member, message_id=other.assistant_message.pk, new=click)


async def test_an_answer_cut_at_the_limit_goes_on_in_a_sibling_and_is_paid_once(
    member: Any, say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(MAX_OUTPUT_TOKENS=6, PRICES={"echo": (1, 1_000_000)})
    cut = await said(say, "/long 10")
    assert cut.run.finish_reason == "length"

    rest = await continue_answer(user=member, message_id=cut.assistant_message.pk, new=NewAnswer())
    held = await hear_whole(rest.run.pk)

    assert held.content == " ".join(f"word{number}" for number in range(1, 11))
    assert (await Message.objects.aget(pk=rest.assistant_message.pk)).content == held.content
    assert (await Message.objects.aget(pk=cut.assistant_message.pk)).content.endswith("word6 ")
    used = [usage async for usage in Usage.objects.order_by("run__created_at")]
    assert [usage.output_tokens for usage in used] == [6, 4]
    assert [int(usage.cost or 0) for usage in used] == [6, 4]


async def test_what_led_to_a_cut_answer_stays_with_its_rest(
    member: Any, say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(MAX_OUTPUT_TOKENS=6)
    cut = await said(say, "/step read\n/sources 2\n/long 10")
    before = (await Message.objects.aget(pk=cut.assistant_message.pk)).work

    rest = await continue_answer(user=member, message_id=cut.assistant_message.pk, new=NewAnswer())
    held = await hear_whole(rest.run.pk)

    stored = decode_work((await Message.objects.aget(pk=rest.assistant_message.pk)).work)
    assert before
    assert stored.sources == held.sources == decode_work(before).sources
    assert [step.name for step in stored.steps][:1] == ["read"]


async def test_a_stopped_answer_goes_on_and_its_estimate_counts_what_is_new(
    member: Any, say: Callable[..., Any]
) -> None:
    turn = await say("/stall after 3\n/long 9")
    await wait_until(lambda: has_said(turn, "word3"))
    await request_cancel(turn.run.pk)
    await hear(turn.run.pk)

    rest = await continue_answer(user=member, message_id=turn.assistant_message.pk, new=NewAnswer())
    run = await Run.objects.select_related("message", "conversation__owner").aget(pk=rest.run.pk)
    prompt = await sync_to_async(build_prompt)(run)
    await request_cancel(rest.run.pk)
    held = await hear_whole(rest.run.pk)

    cut = (await Message.objects.aget(pk=turn.assistant_message.pk)).content
    assert prompt.continues == cut
    assert held.content == cut
    # Nothing new was said, so nothing is accounted for.
    assert not await Usage.objects.filter(run=rest.run).aexists()
    assert prompt_tokens(prompt) > estimate_tokens(cut)


async def test_the_rest_of_a_cut_answer_that_nobody_has_begun_is_told_with_the_cut_text(
    member: Any, say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(MAX_OUTPUT_TOKENS=6)
    cut = await said(say, "/long 10")
    # Stored without a word to the dispatcher.
    rest = await sync_to_async(record_continuation)(member, cut.assistant_message.pk, NewAnswer())

    await sync_to_async(record_cancel_request)(rest.run.pk)
    held = await hear_whole(rest.run.pk)

    assert held.content == cut.assistant_message.content != ""
    assert isinstance(held.end, Done)


def has_said(turn: Turn, word: str) -> bool:
    live = current_dispatcher().hub.get(turn.run.pk)
    return bool(live and word in live.text)


async def test_what_is_complete_empty_or_active_does_not_go_on(member: Any, say: Callable[..., Any]) -> None:
    complete = await said(say, "/repeat all of it")
    failed = await said(say, "/fail provider_unavailable")
    for turn in (complete, failed):
        with pytest.raises(InvalidInput):
            await continue_answer(user=member, message_id=turn.assistant_message.pk, new=NewAnswer())
    with pytest.raises(MessageNotFound):
        await continue_answer(user=member, message_id=complete.user_message.pk, new=NewAnswer())

    await say("/stall")
    broken = await Message.objects.aget(pk=failed.assistant_message.pk)
    await Message.objects.filter(pk=broken.pk).aupdate(content="half")
    with pytest.raises(RunActive):
        await continue_answer(user=member, message_id=broken.pk, new=NewAnswer())


async def test_the_first_message_is_edited_on_a_branch_of_its_own(
    member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    await said(say, "/repeat one")
    edit = NewTurn(content="/repeat two", client_message_id="edit", is_first=True)

    turn = await start_turn(user=member, conversation_id=conversation.pk, new=edit)
    await hear(turn.run.pk)

    assert turn.user_message.parent_id is None
    assert await shown(conversation) == ["/repeat two", "two"]
    assert await Message.objects.filter(conversation=conversation, parent=None).acount() == 2


async def test_choosing_goes_back_and_forth_and_remembers(
    member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    first = await said(say, "/repeat one")
    await said(say, "/repeat later")
    again = await regenerate(user=member, message_id=first.assistant_message.pk, new=NewAnswer())
    await hear(again.run.pk)
    assert await shown(conversation) == ["/repeat one", "one"]

    for step, texts in ((-1, 4), (-1, 4), (1, 2), (0, 2)):
        message = again.assistant_message if step == -1 else first.assistant_message
        target = message.pk if step else again.assistant_message.pk
        await select_branch(user=member, message_id=target, step=step)
        assert len(await shown(conversation)) == texts


async def test_nobody_chooses_while_an_answer_is_written_or_in_a_foreign_conversation(
    member: Any, say: Callable[..., Any]
) -> None:
    first = await said(say, "/repeat one")
    stranger = await get_user_model().objects.acreate(username="stranger")
    with pytest.raises(MessageNotFound):
        await select_branch(user=stranger, message_id=first.assistant_message.pk)
    with pytest.raises(MessageNotFound):
        await branch_off(user=stranger, message_id=first.assistant_message.pk)

    await say("/stall")

    with pytest.raises(RunActive):
        await select_branch(user=member, message_id=first.assistant_message.pk)


async def test_a_branch_has_the_path_and_none_of_its_runs(
    member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    await said(say, "/repeat one")
    middle = await said(say, "/repeat two")
    await said(say, "/repeat three")

    branch, is_new = await branch_off(user=member, message_id=middle.assistant_message.pk, client_id="x")
    same, is_new_again = await branch_off(user=member, message_id=middle.assistant_message.pk, client_id="x")

    assert (is_new, is_new_again, same.pk) == (True, False, branch.pk)
    assert await shown(branch) == ["/repeat one", "one", "/repeat two", "two"]
    assert branch.title == "/repeat one (branch)"
    assert not await Run.objects.filter(conversation=branch).aexists()
    assert await Message.objects.filter(conversation=branch, model="echo").acount() == 2
    assert len(await shown(conversation)) == 6


async def test_a_branch_at_a_question_is_answered_there(member: Any, say: Callable[..., Any]) -> None:
    turn = await said(say, "/repeat one")

    branch, _ = await branch_off(user=member, message_id=turn.user_message.pk)
    leaf = await Message.objects.aget(conversation=branch)
    answer = await regenerate(user=member, message_id=leaf.pk, new=NewAnswer())
    await hear(answer.run.pk)

    assert await shown(branch) == ["/repeat one", "one"]


async def test_an_answer_that_is_written_is_not_branched_off(member: Any, say: Callable[..., Any]) -> None:
    turn = await say("/stall")

    with pytest.raises(RunActive):
        await branch_off(user=member, message_id=turn.assistant_message.pk)
