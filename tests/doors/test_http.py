"""What only HTTP has: statuses, headers, lists, CSRF, pages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient
from django.urls import get_resolver, reverse

from chat.models import Conversation, Feedback, Message, Run
from tests.runs.conftest import hear
from tests.waiting import PATIENCE_SECONDS, wait_until

JSON = "application/json"


@pytest.fixture
def messages_url(conversation: Conversation) -> str:
    return reverse("chat:messages", args=[conversation.pk])


async def first_part(response: Any) -> bytes:
    async for part in response.streaming_content:
        return bytes(part)
    return b""


@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        (b"{", JSON, (400, "invalid")),
        (b"[]", JSON, (400, "invalid")),
        (b'"text"', JSON, (400, "invalid")),
        (b"\xff\xfe", JSON, (400, "invalid")),
        (b"[" * 100_000, JSON, (400, "invalid")),
        (b'{"content": "x", "client_message_id": "1"}', "text/plain", (415, "unsupported_media_type")),
        (b"content=x", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'{"content": "' + b"x" * 600_000 + b'"}', JSON, (413, "body_too_large")),
        (b'{"content": "x", "client_message_id": "1", "parent": 5}', JSON, (400, "invalid")),
        (b'{"content": "x", "client_message_id": "1", "parent": "no id"}', JSON, (400, "invalid")),
        (b'{"content": "x", "client_message_id": "1", "assistant": "nobody"}', JSON, (400, "invalid")),
    ],
)
async def test_a_body_that_is_no_turn_is_refused_and_nothing_is_stored(
    client: AsyncClient, messages_url: str, body: bytes, content_type: str, refusal: tuple[int, str]
) -> None:
    response = await client.generic("POST", messages_url, body, content_type=content_type)

    assert (response.status_code, response.json()["error"]["code"]) == refusal
    assert not await Message.objects.aexists()


async def test_a_new_turn_answers_201_and_says_where_to_listen(
    client: AsyncClient, messages_url: str
) -> None:
    body = {"content": "/repeat hello", "client_message_id": "click"}

    first = await client.post(messages_url, body, content_type=JSON)
    again = await client.post(messages_url, body, content_type=JSON)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["run"]["id"] == again.json()["run"]["id"]
    assert first.json()["events_url"] == f"/chat/api/runs/{first.json()['run']['id']}/events/"
    assert first.headers["Cache-Control"] == "no-store"
    assert "Cookie" in first.headers["Vary"]


async def test_who_accepts_a_stream_gets_the_events_at_once(client: AsyncClient, messages_url: str) -> None:
    body = {"content": "/repeat hello", "client_message_id": "click"}

    response = await client.post(
        messages_url, body, content_type=JSON, headers={"accept": "text/event-stream"}
    )
    parts = b"".join([part async for part in response.streaming_content])  # type: ignore[attr-defined]

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Content-Encoding"] == "identity"
    assert response.headers["X-Trace-ID"]
    assert parts.startswith(b"retry: ")
    assert b"event:" not in parts
    assert b'"type":"done"' in parts


async def test_the_end_of_the_log_is_204(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/repeat hello")
    events = await hear(turn.run.pk)
    path = reverse("chat:run-events", args=[turn.run.pk])

    for position in (events[-1].seq, events[-1].seq + 5):
        response = await client.get(path, headers={"last-event-id": str(position)})
        assert response.status_code == 204
    response = await client.get(path, headers={"last-event-id": "0"}, query_params={"after": "999"})
    assert response.status_code == 200


@pytest.mark.parametrize("position", ["abc", "-1", "1e3", " ", "9" * 400])
async def test_a_position_that_is_none_begins_at_the_beginning(
    client: AsyncClient, say: Callable[..., Any], position: str
) -> None:
    # Heard while it is written: of a run that has just ended the log may lack the last moment.
    turn = await say("/slow 200\n/repeat hello there")

    response = await client.get(
        reverse("chat:run-events", args=[turn.run.pk]), headers={"last-event-id": position}
    )
    parts = b"".join([part async for part in response.streaming_content])  # type: ignore[attr-defined]

    assert b"id: 1\n" in parts


async def test_pollers_get_pages_of_events(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/stall after 2")
    path = reverse("chat:run-events", args=[turn.run.pk])

    page = (await client.get(path, {"wait": "5"}, headers={"accept": JSON})).json()

    assert page["status"] == "running"
    assert page["events"][0]["seq"] == 1
    assert page["events"][0]["type"] == "start"


async def test_silence_is_broken_by_a_comment(
    client: AsyncClient, say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(HEARTBEAT_SECONDS=0.05)
    turn = await say("/stall after 0")
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]))
    parts: AsyncIterator[bytes] = response.streaming_content  # type: ignore[attr-defined]

    async with asyncio.timeout(PATIENCE_SECONDS):
        async for part in parts:
            if part == b": keep-alive\n\n":
                break
    await parts.aclose()  # type: ignore[attr-defined]

    assert await Run.objects.active().aexists()


async def test_cancelling_answers_202_and_then_200(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/stall")
    path = reverse("chat:run-cancel", args=[turn.run.pk])

    assert (await client.post(path)).status_code == 202
    await hear(turn.run.pk)
    assert (await client.post(path)).status_code == 200


async def test_limits_say_when_to_come_back(
    client: AsyncClient, messages_url: str, configure: Callable[..., None]
) -> None:
    configure(TURNS_PER_MINUTE=1)
    first = await client.post(
        messages_url, {"content": "/repeat a", "client_message_id": "1"}, content_type=JSON
    )
    await hear(UUID(first.json()["run"]["id"]))

    refused = await client.post(messages_url, {"content": "b", "client_message_id": "2"}, content_type=JSON)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


async def test_a_list_is_paged_without_loss_or_repeat(
    client: AsyncClient, member: Any, conversation: Conversation
) -> None:
    made = {str(conversation.pk)}
    for _ in range(64):
        made.add(str((await Conversation.objects.acreate(owner=member, assistant="general")).pk))
    path = reverse("chat:conversations")
    seen: list[str] = []
    cursor = ""

    while True:
        page = (await client.get(path, {"cursor": cursor} if cursor else {})).json()
        seen += [one["id"] for one in page["results"]]
        cursor = page["next"]
        if not cursor:
            break
        await Conversation.objects.acreate(owner=member, assistant="general")

    assert len(seen) == len(set(seen))
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["x", "AAAA", "🙂", "MjAyNi0wMS0wMSBu", "x" * 10_000])
async def test_what_is_no_cursor_is_refused(client: AsyncClient, messages_url: str, cursor: str) -> None:
    for path in (reverse("chat:conversations"), messages_url):
        response = await client.get(path, {"cursor": cursor})
        assert response.status_code == 400
        assert "cursor" in response.json()["error"]["fields"]


async def test_lists_find_and_archive(client: AsyncClient, conversation: Conversation) -> None:
    path = reverse("chat:conversation-item", args=[conversation.pk])
    listed = reverse("chat:conversations")
    changes = {"title": "Plans for Busan", "archived": True, "pinned": True}

    changed = (await client.patch(path, changes, content_type=JSON)).json()

    assert {name: changed[name] for name in changes} == changes
    assert (await client.get(listed)).json()["results"] == []
    found = (await client.get(listed, {"archived": "1", "q": "busan plans"})).json()["results"]
    assert [one["id"] for one in found] == [str(conversation.pk)]


@pytest.mark.parametrize("changes", [{"title": ""}, {"title": 5}, {"pinned": "yes"}, {"archived": 1}])
async def test_a_change_of_a_wrong_type_is_refused(
    client: AsyncClient, conversation: Conversation, changes: dict[str, Any]
) -> None:
    response = await client.patch(
        reverse("chat:conversation-item", args=[conversation.pk]), changes, content_type=JSON
    )

    assert response.status_code == 400
    assert set(response.json()["error"]["fields"]) == set(changes)


async def test_deleting_a_conversation_ends_its_run(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    await say("/stall")

    response = await client.delete(reverse("chat:conversation-item", args=[conversation.pk]))

    assert response.status_code == 204
    await wait_until(nothing_is_answered)


async def nothing_is_answered() -> bool:
    return not await Run.objects.active().aexists()


async def test_a_thumb_can_be_given_changed_and_taken_back(
    client: AsyncClient, messages_url: str, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat hello")
    await hear(turn.run.pk)
    path = reverse("chat:feedback", args=[turn.assistant_message.pk])

    for rating in (1, -1):
        reasons = ["clear"] if rating == 1 else ["wrong", "harmful"]
        given = {"rating": rating, "comment": "why", "reasons": reasons[::-1]}
        response = await client.post(path, given, content_type=JSON)
        newest = (await client.get(messages_url)).json()["results"][0]
        assert response.json() == newest["feedback"] == {**given, "reasons": reasons}
    for wrong_reasons in (["clear"], ["nonsense"], "wrong", [["wrong"]], {"wrong": 1}, [5]):
        refused = await client.post(path, {"rating": -1, "reasons": wrong_reasons}, content_type=JSON)
        assert refused.status_code == 400
    await client.post(path, {"rating": None}, content_type=JSON)

    assert not await Feedback.objects.aexists()
    for wrong in (2, "1", True, 1.5):
        response = await client.post(path, {"rating": wrong}, content_type=JSON)
        assert response.status_code == 400


async def test_messages_come_newest_first_and_page_back(
    client: AsyncClient, conversation: Conversation, messages_url: str
) -> None:
    parent = None
    for number in range(70):
        parent = await Message.objects.acreate(
            conversation=conversation, parent=parent, role="user", content=str(number)
        )
    await Conversation.objects.filter(pk=conversation.pk).aupdate(active_leaf=parent)

    first = (await client.get(messages_url)).json()
    second = (await client.get(messages_url, {"cursor": first["next"]})).json()
    third = (await client.get(messages_url, {"cursor": second["next"]})).json()

    told = [int(one["content"]) for page in (first, second, third) for one in page["results"]]
    assert told == list(range(69, -1, -1))
    assert third["next"] is None


async def test_siblings_are_counted(
    client: AsyncClient, member: Any, messages_url: str, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat hello")
    await hear(turn.run.pk)
    path = reverse("chat:regenerate", args=[turn.assistant_message.pk])
    again = await client.post(path, {}, content_type=JSON)
    await hear(UUID(again.json()["run"]["id"]))

    newest = (await client.get(messages_url)).json()["results"][0]

    assert (newest["sibling_index"], newest["sibling_count"]) == (1, 2)
    assert newest["status"] == "completed"
    assert newest["run"]["usage"]["output_tokens"] > 0


async def test_a_plain_form_sends_and_leads_to_the_conversation(client: AsyncClient) -> None:
    form = {"content": "line one\r\nline two", "client_message_id": "form-1", "assistant": "writer"}

    first = await client.post(reverse("chat:index"), form)
    again = await client.post(reverse("chat:index"), form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    conversation = await Conversation.objects.aget()
    assert conversation.assistant == "writer"
    assert (await Message.objects.aget(role="user")).content == "line one\nline two"


async def test_a_refused_form_keeps_what_was_written(client: AsyncClient) -> None:
    response = await client.post(
        reverse("chat:index"), {"content": "kept \x00 text", "client_message_id": "1"}
    )

    assert response.status_code == 400
    assert b"kept" in response.content
    assert b'role="alert"' in response.content


async def test_pages_show_what_was_said_and_nothing_of_others(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat **Hello**")
    await hear(turn.run.pk)

    page = (await client.get(reverse("chat:conversation", args=[conversation.pk]))).content.decode()

    assert "<strong>Hello</strong>" in page
    assert f'id="m-{turn.assistant_message.pk}"' in page
    assert (await client.get(reverse("chat:conversation", args=[uuid4()]))).status_code == 404


def test_every_address_of_the_app_is_under_its_namespace() -> None:
    assert set(get_resolver().namespace_dict) >= {"chat", "admin"}
