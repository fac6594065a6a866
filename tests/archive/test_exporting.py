"""What members take along: one conversation or all, and that it comes back the same."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from hypothesis import HealthCheck, given, settings, strategies

from chat.archive.naming import name_of_file
from chat.archive.own_format import read_own
from chat.archive.reading import archived
from chat.archive.schema import as_json
from chat.archive.storing import store_conversation
from chat.models import Conversation, Feedback, Message
from tests.archive.files import own, written
from tests.runs.conftest import hear

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def address(conversation: Conversation, wanted: str) -> str:
    return f"/chat/api/conversations/{conversation.pk}/export/?format={wanted}"


async def whole(response: Any) -> bytes:
    return b"".join([part async for part in response.streaming_content])


async def test_a_conversation_is_exported_as_a_tree_and_as_markdown(
    client: AsyncClient, member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat Yes.")
    await hear(turn.run.pk)
    await Feedback.objects.acreate(message=turn.assistant_message, user=member, rating=-1, comment="short")

    tree = await client.get(address(conversation, "json"))
    text = await client.get(address(conversation, "markdown"))

    document = tree.json()
    assert (document["format"], document["version"], document["shown"]) == ("chat.conversation", 1, 2)
    assert [one["parent"] for one in document["messages"]] == [None, 1]
    assert document["messages"][1]["feedback"] == {"rating": -1, "reasons": [], "comment": "short"}
    assert str(conversation.pk) not in tree.content.decode()
    assert "## You" in text.content.decode()
    assert text.content.decode().rstrip().endswith("Yes.")
    for response in (tree, text):
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("a/b\\c: d?", "a b c d"),
        ("../../etc/passwd", "etc passwd"),
        ("line\r\nSet-Cookie: x", "line Set-Cookie x"),
        ("gpj\u202e.exe", "gpj .exe"),
        ("여행 계획", "여행 계획"),
        ("   ", "conversation"),
        ("con", "conversation"),
        ("x" * 300, "x" * 80),
        ('"quoted"', "quoted"),
    ],
)
async def test_a_file_is_named_after_the_title_and_nothing_else(
    client: AsyncClient, conversation: Conversation, title: str, name: str
) -> None:
    assert name_of_file(title) == name
    await Conversation.objects.filter(pk=conversation.pk).aupdate(title=title[:200])

    disposition = (await client.get(address(conversation, "json"))).headers["Content-Disposition"]

    assert f"{name}.json" in unquote(disposition)
    assert "\n" not in disposition


async def test_others_and_other_formats_get_nothing(client: AsyncClient, conversation: Conversation) -> None:
    stranger = AsyncClient()
    await stranger.aforce_login(await get_user_model().objects.acreate(username="stranger"))

    assert (await stranger.get(address(conversation, "json"))).status_code == 404
    assert (await client.get(address(conversation, "exe"))).status_code == 400


async def test_all_conversations_come_as_one_zip_that_can_be_imported(
    client: AsyncClient, member: Any
) -> None:
    for title in ("one", "여행/계획", "one"):
        kept = await Conversation.objects.acreate(owner=member, assistant="general", title=title)
        await Message.objects.acreate(conversation=kept, role="user", content=f"in {title}")
    stranger = await get_user_model().objects.acreate(username="stranger")
    await Conversation.objects.acreate(owner=stranger, assistant="general", title="not mine")

    response = await client.get("/chat/api/export/")
    raw = await whole(response)

    assert response.headers["Content-Encoding"] == "identity"
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.testzip() is None
    index = json.loads(archive.read("index.json"))
    assert (index["format"], len(index["conversations"])) == ("chat.export", 3)
    assert {one["title"] for one in index["conversations"]} == {"one", "여행/계획"}
    assert all(one["file"] in archive.namelist() for one in index["conversations"])
    assert len(archive.namelist()) == len(set(archive.namelist())) == 7
    imported = await client.post("/chat/api/import/", raw, content_type="application/zip")
    assert imported.json()["conversations"] == 3


async def test_what_is_deleted_during_an_export_is_left_out(
    client: AsyncClient, member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.exporting.CONVERSATIONS_AT_ONCE", 1)
    for number in range(3):
        await Conversation.objects.acreate(owner=member, assistant="general", title=str(number))
    parts = (await client.get("/chat/api/export/")).streaming_content  # type: ignore[attr-defined]

    first = await anext(parts)
    await Conversation.objects.all().adelete()
    raw = first + b"".join([part async for part in parts])

    assert len(json.loads(zipfile.ZipFile(io.BytesIO(raw)).read("index.json"))["conversations"]) == 1


async def test_an_export_breaks_off_where_the_member_signs_out(
    client: AsyncClient, member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.views.exports.ACCESS_CHECK_SECONDS", 0)
    for number in range(21):
        await Conversation.objects.acreate(owner=member, assistant="general", title=str(number))
    parts = (await client.get("/chat/api/export/")).streaming_content  # type: ignore[attr-defined]
    await anext(parts)

    await client.alogout()

    assert [part async for part in parts] == []


async def test_a_member_without_conversations_gets_an_empty_zip(client: AsyncClient, member: Any) -> None:
    raw = await whole(await client.get("/chat/api/export/"))

    assert zipfile.ZipFile(io.BytesIO(raw)).namelist() == ["index.json"]


TEXTS = strategies.text(
    strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60
)
MESSAGES = strategies.fixed_dictionaries(
    {
        "role": strategies.sampled_from(["user", "assistant", "system", "tool"]),
        "content": TEXTS,
        "parent": strategies.integers(0, 8),
        "created_at": strategies.integers(0, 3).map(
            lambda second: (NOW + timedelta(seconds=second)).isoformat()
        ),
        "status": strategies.sampled_from(["completed", "cancelled", "failed", "running"]),
        "model": strategies.sampled_from(["", "gpt-4o"]),
        "finish_reason": strategies.sampled_from(["", "length"]),
        "feedback": strategies.sampled_from([None, {"rating": 1}, {"rating": -1, "comment": "말"}]),
        "attachments": strategies.lists(strategies.sampled_from(["a.pdf", "b/c.txt"]), max_size=2),
    }
)


@pytest.mark.slow
@given(rows=strategies.lists(MESSAGES, max_size=8), title=TEXTS, pinned=strategies.booleans())
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_was_imported_is_exported_and_imported_the_same(
    rows: list[dict[str, Any]], title: str, pinned: bool, transactional_db: None
) -> None:
    member = get_user_model().objects.create(username=uuid4().hex)
    messages = [{**row, "parent": min(row["parent"], number) or None} for number, row in enumerate(rows)]
    given_file = (
        {**own(*messages), "messages": [], "shown": len(messages) or None} if not messages else own(*messages)
    )

    def through_the_database(document: str) -> str:
        stored = store_conversation(member, uuid4(), read_own(json.loads(document)))
        return as_json(archived(Conversation.objects.get(pk=stored.pk), user=member))

    exported = through_the_database(written({**given_file, "title": title, "pinned": pinned}).decode())

    assert through_the_database(exported) == exported
    assert len(json.loads(exported)["messages"]) == len(messages)


async def test_no_database_connection_is_held_while_a_reader_is_slow(
    client: AsyncClient, member: Any
) -> None:
    for number in range(12):
        await Conversation.objects.acreate(owner=member, assistant="general", title=str(number))
    parts = (await client.get("/chat/api/export/")).streaming_content  # type: ignore[attr-defined]
    await anext(parts)

    def connection_of_the_request() -> Any:
        from django.db import connection

        return connection.connection

    assert await sync_to_async(connection_of_the_request)() is None
    assert [part async for part in parts]
