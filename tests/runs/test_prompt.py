"""What the model is told."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.exceptions import ContextTooLong
from chat.models import Message, Run
from chat.protocol.events import Error
from chat.runs.prompt import build_prompt
from chat.token_estimate import estimate_tokens
from tests.runs.conftest import hear, hear_whole


async def prompt_of(run_id: Any) -> Any:
    run = await Run.objects.select_related("conversation__owner", "message").aget(pk=run_id)
    return await sync_to_async(build_prompt)(run)


async def test_the_prompt_is_the_path_oldest_first_after_the_system_prompt(say: Callable[..., Any]) -> None:
    await hear((await say("/repeat one")).run.pk)
    turn = await say("/repeat two")
    await hear(turn.run.pk)

    prompt = await prompt_of(turn.run.pk)

    assert [message.role for message in prompt.messages] == ["system", "user", "assistant", "user"]
    assert [message.content for message in prompt.messages[1:]] == ["/repeat one", "one", "/repeat two"]


async def test_the_oldest_messages_are_dropped_first(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    for _ in range(2):
        await hear((await say("/repeat " + "word " * 100)).run.pk)
    turn = await say("/repeat " + "word " * 100)
    await hear(turn.run.pk)
    instructions = (await prompt_of(turn.run.pk)).messages[0].content
    configure(PROMPT_TOKEN_BUDGET=estimate_tokens(instructions) + 300)

    prompt = await prompt_of(turn.run.pk)

    assert [message.role for message in prompt.messages] == ["system", "assistant", "user"]
    assert prompt.messages[0].content == instructions


async def test_a_message_over_the_budget_ends_the_run_with_its_own_code(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(PROMPT_TOKEN_BUDGET=10)
    turn = await say("/repeat " + "word " * 100)

    held = await hear_whole(turn.run.pk)

    assert isinstance(held.end, Error)
    assert held.end.code == ContextTooLong.code


async def test_a_conversation_of_several_pages_is_read_to_its_root(say: Callable[..., Any]) -> None:
    turn = await say("/repeat hello")
    await hear(turn.run.pk)
    parent = turn.assistant_message
    for number in range(150):
        role = Message.Role.USER if number % 2 == 0 else Message.Role.ASSISTANT
        parent = await Message.objects.acreate(
            conversation_id=parent.conversation_id, parent=parent, role=role, content=f"message {number}"
        )
    run = await Run.objects.select_related("conversation__owner", "message").aget(pk=turn.run.pk)
    run.message = parent

    whole = await sync_to_async(build_prompt)(run)

    assert [message.content for message in whole.messages[1:3]] == ["/repeat hello", "hello"]
    assert len(whole.messages) == 1 + 2 + 149


@pytest.mark.parametrize(
    ("text", "least", "most"), [("", 0, 0), ("word " * 100, 100, 130), ("단어" * 100, 150, 220)]
)
def test_the_estimate_is_near_what_vendors_count(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most
