"""Titles by the model: after the first answer, never in its way, never in the place of the member's own."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.exceptions import ProviderUnavailable
from chat.models import Conversation, Usage
from chat.providers.base import Chunk, Prompt, Provider
from chat.providers.echo import EchoProvider
from chat.runs.listing import record_changes
from chat.runs.titles import cleaned_title
from chat.search.finding import find
from tests.runs.conftest import hear
from tests.waiting import wait_until

Say = Callable[..., Any]
OWN_PROVIDER = f"{__name__}.Titling"


class Titling(EchoProvider):
    """Names conversations when it is allowed to, or fails to."""

    may_answer: asyncio.Event
    asked: list[Prompt]
    fails = False

    def __init__(self) -> None:
        super().__init__(delay_seconds=0, titles=True)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        if prompt.purpose == "title":
            type(self).asked.append(prompt)
            await type(self).may_answer.wait()
            if self.fails:
                raise ProviderUnavailable("no titles today")
        async for chunk in super().stream(prompt):
            yield chunk


@pytest.fixture(autouse=True)
def titling(configure: Callable[..., None], engine: None) -> type[Titling]:
    """A provider that waits with its titles until the test lets it."""
    Titling.asked, Titling.may_answer, Titling.fails = [], asyncio.Event(), False
    configure(PROVIDER={"BACKEND": OWN_PROVIDER}, PRICES={"echo": (1.0, 1.0)})
    return Titling


async def title_of(conversation: Conversation) -> str:
    return (await Conversation.objects.aget(pk=conversation.pk)).title


async def answered(say: Say, text: str = "How do tides work?") -> Any:
    turn = await say(text)
    await hear(turn.run.pk)
    return turn


async def test_a_conversation_gets_a_title_after_its_first_answer(
    say: Say, titling: type[Titling], conversation: Conversation, member: Any
):
    turn = await answered(say)
    told = (await Conversation.objects.aget(pk=conversation.pk)).changed_at
    # The answer has ended, and nobody waited for the title.
    assert await title_of(conversation) == "How do tides work?"

    titling.may_answer.set()
    await wait_until(lambda: Conversation.objects.filter(title="About How do tides").aexists())

    stored = await Conversation.objects.aget(pk=conversation.pk)
    assert not stored.title_is_own
    assert stored.changed_at > told
    assert turn.user_message.content in titling.asked[0].messages[-1].content
    found = await sync_to_async(find)(member, "about")
    assert [hit.conversation.pk for hit in found.hits] == [conversation.pk]


async def test_what_a_title_used_is_accounted_for(say: Say, titling: type[Titling]):
    turn = await answered(say)
    before = await Usage.objects.aget(run=turn.run)

    titling.may_answer.set()
    await wait_until(
        lambda: Usage.objects.filter(run=turn.run, input_tokens__gt=before.input_tokens).aexists()
    )

    after = await Usage.objects.aget(run=turn.run)
    assert (after.input_tokens - before.input_tokens, after.output_tokens - before.output_tokens) == (100, 5)
    assert after.cost is not None
    assert before.cost is not None
    assert after.cost - before.cost == Decimal("0.000105")


async def test_a_title_of_the_members_own_stays_also_if_it_came_while_the_model_thought(
    say: Say, titling: type[Titling], conversation: Conversation
):
    turn = await answered(say)
    await wait_until(lambda: bool(titling.asked))
    await sync_to_async(record_changes)(conversation, {"title": "Moon", "title_is_own": True})

    titling.may_answer.set()
    # The model has answered, and what that used is stored with the title that was not.
    await wait_until(lambda: Usage.objects.filter(run=turn.run, input_tokens__gte=100).aexists())

    assert await title_of(conversation) == "Moon"


@pytest.mark.parametrize(
    "changes", [{"temporary": True}, {"title": "Mine", "title_is_own": True}, {"title": "From an import"}]
)
async def test_nobody_asks_for_a_title_that_is_not_wanted(
    say: Say, titling: type[Titling], conversation: Conversation, changes: dict[str, Any]
):
    await Conversation.objects.filter(pk=conversation.pk).aupdate(**changes)
    await answered(say)
    await answered(say, "And in a lake?")

    assert titling.asked == []


async def test_a_stopped_or_second_answer_gives_no_title(say: Say, titling: type[Titling]):
    await answered(say, "/fail provider_unavailable")
    await answered(say, "And now?")

    assert titling.asked == []


async def test_the_setting_turns_titles_off(say: Say, titling: type[Titling], configure: Callable[..., None]):
    configure(TITLES=False)
    await answered(say)

    assert titling.asked == []


async def test_a_failure_leaves_the_first_words_and_a_line_in_the_log(
    say: Say, titling: type[Titling], conversation: Conversation, caplog: pytest.LogCaptureFixture
):
    titling.fails = True
    titling.may_answer.set()
    caplog.set_level("INFO", logger="chat.runs")
    await answered(say)

    await wait_until(lambda: "no title for conversation" in caplog.text)
    assert await title_of(conversation) == "How do tides work?"


def test_the_echo_provider_gives_no_titles_unless_it_is_told_to():
    assert not EchoProvider().gives_titles
    assert Provider.gives_titles


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ('"Tides and the moon."', "Tides and the moon"),
        ("Title: **Tides**\n\nBecause you asked.", "Tides"),
        ("\n\n# 부산 여행 계획\n", "부산 여행 계획"),
        ("「海の潮」", "海の潮"),
        ("<b>Tides</b> <script>alert(1)</script>", "Tides alert(1)"),
        ("Tides\0\ud800 rise", "Tides"),
        ("word " * 40, "word word word word word word word word word word word word…"),
        ("***", ""),
        ("", ""),
    ],
)
def test_a_title_is_one_short_plain_line(said: str, title: str):
    assert cleaned_title(said) == title
