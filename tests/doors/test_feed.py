"""One connection tells a tab what changes in its member's conversations, and every run in the shown one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Feedback
from chat.permissions import OwnerPolicy
from chat.runs.cancellation import request_cancel
from chat.runs.deletion import delete_conversation
from chat.runs.dispatch import close_dispatcher
from tests.browsing import signed_in
from tests.doors.feeding import open_tab
from tests.runs.conftest import hear_whole

pytestmark = pytest.mark.django_db

Say = Callable[..., Any]


class AwayPolicy(OwnerPolicy):
    """Asks a database that may be away."""

    is_away = False

    def conversations(self, user: Any) -> Any:
        """Return what the member may see."""
        if AwayPolicy.is_away:
            raise OperationalError("server closed the connection unexpectedly")
        return super().conversations(user)


async def rename(conversation: Conversation, title: str) -> None:
    await Conversation.objects.filter(pk=conversation.pk).achange(title=title)


async def test_a_turn_that_is_begun_elsewhere_comes_whole(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    async with open_tab(client, conversation=conversation.pk) as tab:
        turn = await say("/repeat one two three")
        await tab.hear_type("done")
        again = await say("/repeat four")
        await tab.hear_type("done", run_id=str(again.run.pk))

    assert tab.answer(turn.run.pk) == "one two three"
    assert tab.answer(again.run.pk) == "four"


async def test_a_tab_goes_on_from_its_position_and_hears_what_it_missed(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    async with open_tab(client, conversation=conversation.pk) as tab:
        first = await say("/repeat one two three")
        token = await tab.hear_type("token")
    await hear_whole(first.run.pk)
    second = await say("/repeat four")
    await hear_whole(second.run.pk)
    has = {"run": first.run.pk, "after": token["seq"], "since": tab.heard[0]["now"]}

    async with open_tab(client, conversation=conversation.pk, **has) as back:
        await back.hear_type("done", run_id=str(second.run.pk))

    assert tab.answer(first.run.pk) + back.answer(first.run.pk) == "one two three"
    assert back.answer(second.run.pk) == "four"


async def test_a_time_at_the_calendars_beginning_is_long_ago(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    await hear_whole((await say("/repeat one")).run.pk)

    async with open_tab(client, conversation=conversation.pk, since="0001-01-01T00:00:00Z") as tab:
        await tab.hear_type("done")

    assert tab.heard[0]["is_stale"]


async def test_the_position_of_a_plain_event_source_counts_too(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    turn = await say("/repeat one two")
    held = await hear_whole(turn.run.pk)
    headers = {"last-event-id": f"{turn.run.pk}:{held.last_seq - 1}"}

    response = await client.get(reverse("chat:feed"), {"conversation": str(conversation.pk)}, headers=headers)

    parts = response.streaming_content  # type: ignore[attr-defined]
    told = b""
    while b"id: " not in told:
        told += await anext(parts)
    await parts.aclose()
    assert f"id: {turn.run.pk}:{held.last_seq}\n".encode() in told
    assert told.count(b"id: ") == 1


async def test_what_ended_before_is_not_told_to_who_does_not_ask(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    turn = await say("/repeat one")
    await hear_whole(turn.run.pk)

    async with open_tab(client, conversation=conversation.pk) as tab:
        await rename(conversation, "new")
        await tab.hear_title("new")

    assert not [told for told in tab.heard if "seq" in told]


async def test_changes_of_all_conversations_of_the_member_are_told_and_of_nobody_else(
    client: AsyncClient, conversation: Conversation
) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")
    theirs = await Conversation.objects.acreate(owner=stranger, assistant="general")
    other = await Conversation.objects.acreate(owner=conversation.owner, assistant="general")
    async with open_tab(client, conversation=conversation.pk) as tab:
        await rename(theirs, "secret")
        await rename(other, "other")
        await tab.hear_title("other")
        await delete_conversation(other)
        await tab.hear_type("removed", id=str(other.pk))

    assert str(theirs.pk) not in str(tab.heard)


async def test_an_answer_that_is_stopped_deleted_or_seen_elsewhere_is_told(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    async with open_tab(client, conversation=conversation.pk) as tab:
        turn = await say("/stall after 1")
        await tab.hear_type("token")
        await request_cancel(turn.run.pk)
        assert (await tab.hear_type("done"))["status"] == "cancelled"
        # The database agrees before the end is said: the notice may come first.
        if not any(is_unseen(told) for told in tab.heard):
            await tab.hear(is_unseen)
        await client.post(reverse("chat:seen", args=[conversation.pk]))
        await tab.hear(lambda told: told["type"] == "conversation" and not told["conversation"]["unseen"])
        await delete_conversation(conversation)
        await tab.hear_type("removed", id=str(conversation.pk))


def is_unseen(told: dict[str, Any]) -> bool:
    return told["type"] == "conversation" and bool(told["conversation"]["unseen"])


async def test_a_thumb_is_told_to_the_members_tabs_that_show_the_answer(
    client: AsyncClient, conversation: Conversation, say: Say
) -> None:
    turn = await say("/repeat Yes.")
    await hear_whole(turn.run.pk)
    answer = turn.assistant_message.pk
    stranger = await get_user_model().objects.acreate(username="stranger")
    await Feedback.objects.acreate(message_id=answer, user=stranger, rating=-1)
    async with open_tab(client) as elsewhere, open_tab(client, conversation=conversation.pk) as tab:
        for rating, shown in ((1, {str(answer): 1}), (-1, {str(answer): -1}), (None, {})):
            path = reverse("chat:feedback", args=[answer])
            await client.post(path, {"rating": rating}, content_type="application/json")
            await tab.hear_type("conversation", ratings=shown)
        await rename(conversation, "over")
        assert "ratings" not in await elsewhere.hear_title("over")


async def test_a_tab_that_comes_back_hears_what_changed_meanwhile(
    client: AsyncClient, conversation: Conversation
) -> None:
    away_since = (timezone.now() - timedelta(seconds=1)).isoformat()
    await rename(conversation, "while away")

    async with open_tab(client, since=away_since) as tab:
        assert not tab.heard[0]["is_stale"]
        await tab.hear_title("while away")


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2026-13-45T00:00:00Z", "2020-01-01T00:00:00+00:00", "0" * 64]
)
async def test_a_tab_that_was_away_for_too_long_is_told_to_read_its_lists_anew(
    client: AsyncClient, since: str
) -> None:
    async with open_tab(client, since=since) as tab:
        assert tab.heard[0]["is_stale"]


async def test_another_members_conversation_and_run_are_gone_for_this_one(
    conversation: Conversation, say: Say
) -> None:
    turn = await say("/repeat secret")
    client = await signed_in(await get_user_model().objects.acreate(username="other"))

    async with open_tab(client, conversation=conversation.pk, run=turn.run.pk) as tab:
        await tab.hear_type("removed", id=str(conversation.pk))
        await rename(conversation, "secret title")
        await tab.hear_type("removed", id=str(conversation.pk))

    assert "secret" not in str(tab.heard)
    assert (await AsyncClient().get(reverse("chat:feed"))).status_code == 401


async def test_a_run_of_another_conversation_is_not_told(
    client: AsyncClient, conversation: Conversation, say: Say, member: Any
) -> None:
    turn = await say("/repeat elsewhere")
    await hear_whole(turn.run.pk)
    other = await Conversation.objects.acreate(owner=member, assistant="general")

    async with open_tab(client, conversation=other.pk, run=turn.run.pk) as tab:
        await rename(other, "new")
        await tab.hear_title("new")

    assert "elsewhere" not in str(tab.heard)


@pytest.mark.parametrize(
    "query",
    [{"conversation": "no id"}, {"conversation": uuid4().hex + "0"}, {"run": "x"}, {"since": "0" * 65}],
)
async def test_what_is_no_position_is_refused(client: AsyncClient, query: dict[str, str]) -> None:
    response = await client.get(reverse("chat:feed"), query)

    assert response.status_code == 400
    assert set(response.json()["error"]["fields"]) == set(query)


async def test_one_tab_too_many_is_asked_to_come_later(
    client: AsyncClient, configure: Callable[..., None]
) -> None:
    configure(MAX_FOLLOWERS=1)
    async with open_tab(client):
        response = await client.get(reverse("chat:feed"))

    assert response.status_code == 503
    assert response.headers["Retry-After"]


async def test_silence_is_broken_and_a_slow_reader_hears_the_latest_once(
    client: AsyncClient, conversation: Conversation, configure: Callable[..., None]
) -> None:
    configure(HEARTBEAT_SECONDS=0.1)
    response = await client.get(reverse("chat:feed"))
    parts = response.streaming_content  # type: ignore[attr-defined]
    await anext(parts)
    await anext(parts)
    assert await anext(parts) == b": keep-alive\n\n"

    for number in range(30):
        await rename(conversation, f"title {number}")

    told = b""
    while b"title 29" not in told:
        told += await anext(parts)
    await parts.aclose()
    assert told.count(b'"conversation"') < 20


async def test_a_process_that_is_told_to_end_sends_its_tabs_elsewhere(client: AsyncClient) -> None:
    async with open_tab(client) as tab:
        await close_dispatcher()
        with pytest.raises(StopAsyncIteration):
            await tab.hear(lambda told: False)


async def test_a_tab_hears_that_its_conversation_went_for_good_during_an_answer(
    client: AsyncClient, conversation: Conversation, say: Say, configure: Callable[..., None]
) -> None:
    configure(LEASE_SECONDS=0.3)
    async with open_tab(client, conversation=conversation.pk) as tab:
        await say("/stall")
        await tab.hear_type("start")

        await Conversation.objects.filter(pk=conversation.pk).adelete()

        assert (await tab.hear_type("removed"))["id"] == str(conversation.pk)


async def test_a_feed_ends_in_order_when_the_database_is_away_and_the_next_goes_on(
    client: AsyncClient, conversation: Conversation, configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(POLICY=f"{__name__}.AwayPolicy")
    async with open_tab(client, conversation=conversation.pk) as tab:
        since = tab.heard[0]["now"]
        monkeypatch.setattr(AwayPolicy, "is_away", True)
        await rename(conversation, "said meanwhile")
        with pytest.raises(StopAsyncIteration):
            await tab.hear(lambda told: False)
    monkeypatch.setattr(AwayPolicy, "is_away", False)

    async with open_tab(client, conversation=conversation.pk, since=since) as tab:
        await tab.hear_title("said meanwhile")
