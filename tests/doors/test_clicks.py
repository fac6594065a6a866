"""One click is one turn, however it arrives; and what a stop does while an answer is committed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, Message, Run
from chat.providers.base import Chunk, FinishChunk, Prompt
from chat.providers.echo import EchoProvider
from chat.runs.dispatch import current_dispatcher
from tests.doors.hanging import database_that_answers_nobody
from tests.runs.conftest import hear
from tests.waiting import wait_until

JSON = "application/json"


class TellingProvider(EchoProvider):
    """Waits with its last words for the test, and tells when it has said everything."""

    may_end: asyncio.Event
    has_ended = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Answer as the echo does."""
        async for chunk in super().stream(prompt):
            if isinstance(chunk, FinishChunk):
                await self.may_end.wait()
            yield chunk
        self.has_ended = True


async def test_a_click_that_arrives_many_times_at_once_is_one_turn(
    client: AsyncClient, conversation: Conversation
) -> None:
    path = reverse("chat:messages", args=[conversation.pk])
    body = {"content": "/repeat hello", "client_message_id": "click"}

    answers = await asyncio.gather(*[client.post(path, body, content_type=JSON) for _ in range(8)])

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["run"]["id"] for answer in answers}) == 1
    assert await Run.objects.acount() == 1


async def test_a_first_form_that_arrives_many_times_at_once_begins_one_conversation(
    client: AsyncClient,
) -> None:
    form = {"content": "/repeat hello", "client_message_id": "click"}

    answers = await asyncio.gather(*[client.post(reverse("chat:index"), form) for _ in range(8)])

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await Run.objects.acount() == 1


async def test_the_same_click_of_two_members_begins_two_conversations(
    client: AsyncClient, django_user_model: Any
) -> None:
    other = AsyncClient()
    await other.aforce_login(await django_user_model.objects.acreate(username="other"))
    form = {"content": "/repeat hello", "client_message_id": "click"}

    places = {(await one.post(reverse("chat:index"), form)).headers["Location"] for one in (client, other)}

    assert len(places) == 2


@pytest.mark.parametrize(("limit", "status"), [("TURNS_PER_MINUTE", 429), ("MAX_ACTIVE_RUNS", 503)])
async def test_a_form_that_came_too_soon_can_be_sent_again_as_the_same_click(
    client: AsyncClient, configure: Callable[..., None], say: Callable[..., Any], limit: str, status: int
) -> None:
    await say("/stall")
    configure(**{limit: 1})
    form = {"content": "/repeat hello", "client_message_id": "click"}

    refused = await client.post(reverse("chat:index"), form)
    configure(**{limit: 0})
    accepted = await client.post(reverse("chat:index"), form)

    assert refused.status_code == status
    assert b'value="click"' in refused.content
    assert b"/repeat hello" in refused.content
    assert accepted.status_code == 303
    # The member's other conversation, and the one that this click began.
    assert await Conversation.objects.acount() == 2


async def test_a_stop_while_the_answer_is_committed_is_no_error(
    client: AsyncClient, configure: Callable[..., None], say: Callable[..., Any]
) -> None:
    backend = f"{__name__}.{TellingProvider.__name__}"
    configure(PROVIDER={"BACKEND": backend, "OPTIONS": {"delay_seconds": 0}})
    TellingProvider.may_end = asyncio.Event()
    turn = await say("/repeat one two three four")
    await wait_until(lambda: (live := current_dispatcher().hub.get(turn.run.pk)) and live.text)
    provider = current_dispatcher().provider
    assert isinstance(provider, TellingProvider)

    async with database_that_answers_nobody():
        TellingProvider.may_end.set()
        await wait_until(lambda: provider.has_ended)
        stopped = await client.post(reverse("chat:run-cancel", args=[turn.run.pk]))

    assert stopped.status_code == 202
    assert (await hear(turn.run.pk))[-1].is_terminal
    assert (await Message.objects.aget(run=turn.run)).content == "one two three four"
