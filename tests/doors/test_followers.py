"""A process that tells as many followers as it may refuses one more, through each door."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.test import AsyncClient

from chat.followers import followers
from chat.models import Conversation, Run
from tests.doors.speaking import opened, socket
from tests.waiting import wait_until

Turns = Callable[..., Any]
SSE = {"accept": "text/event-stream"}


@pytest.fixture
async def full(
    configure: Callable[..., None], conversation: Conversation, member: Any, say: Turns
) -> AsyncIterator[str]:
    """A process that may tell one follower, and does; the address of the run's events."""
    configure(MAX_FOLLOWERS=1)
    turn = await say("/stall after 1")
    communicator = socket(conversation.pk, member)
    await communicator.connect()
    await communicator.send_to(text_data=json.dumps({"type": "follow", "run": str(turn.run.pk)}))
    await communicator.receive_from()
    assert followers.count == 1
    yield f"/chat/api/runs/{turn.run.pk}/events/"
    await communicator.disconnect()
    assert followers.count == 0


async def test_a_stream_counts_until_its_end(conversation: Conversation, member: Any, say: Turns) -> None:
    turn = await say("/long 3")
    async with opened("sse", member, conversation) as door:
        counts = [followers.count async for _ in door.follow(str(turn.run.pk))]
        await wait_until(lambda: followers.count == 0)

    assert counts[0] == 1


@pytest.mark.parametrize(
    ("query", "accept"), [("", "text/event-stream"), ("?wait=1&after=99", "application/json")]
)
async def test_a_stream_or_a_waiting_poll_too_many_is_refused(
    full: str, client: AsyncClient, query: str, accept: str
) -> None:
    answer = await client.get(full + query, headers={"accept": accept})

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_what_is_there_already_is_told_to_pollers(full: str, client: AsyncClient) -> None:
    answer = await client.get(full, headers={"accept": "application/json"})

    assert answer.json()["events"]


async def test_a_run_too_many_is_refused_over_a_socket(
    full: str, member: Any, conversation: Conversation
) -> None:
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    await communicator.send_to(text_data=json.dumps({"type": "follow"}))
    refused = json.loads(await communicator.receive_from())

    assert (refused["type"], refused["code"]) == ("refused", "unavailable")
    assert refused["retry_after_seconds"] > 0
    await communicator.disconnect()


async def test_a_turn_whose_events_could_not_be_told_is_not_begun(
    full: str, client: AsyncClient, member: Any
) -> None:
    other = await Conversation.objects.acreate(owner=member, assistant="general")
    path = f"/chat/api/conversations/{other.pk}/messages/"

    answer = await client.post(
        path, {"content": "Hi", "client_message_id": "click"}, content_type="application/json", headers=SSE
    )

    assert answer.status_code == 503
    assert await Run.objects.acount() == 1


async def test_a_turn_that_is_followed_elsewhere_is_begun(
    full: str, client: AsyncClient, member: Any
) -> None:
    other = await Conversation.objects.acreate(owner=member, assistant="general")
    path = f"/chat/api/conversations/{other.pk}/messages/"

    answer = await client.post(
        path, {"content": "Hi", "client_message_id": "click"}, content_type="application/json"
    )

    assert answer.status_code == 201
