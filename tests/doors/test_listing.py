"""The list through its doors: one and several conversations, with JSON and by plain forms."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation
from chat.views.paging import encode_cursor

JSON = "application/json"
BULK = "/chat/api/conversations/bulk/"


@pytest.fixture
async def several(member: Any) -> list[Conversation]:
    return [
        await Conversation.objects.acreate(owner=member, assistant="general", title=f"number {number}")
        for number in range(3)
    ]


@pytest.fixture
async def of_a_stranger() -> Conversation:
    stranger = await get_user_model().objects.acreate(username="stranger")
    return await Conversation.objects.acreate(owner=stranger, assistant="general", title="private")


async def bulk(client: AsyncClient, ids: Any, action: Any) -> Any:
    body = json.dumps({"ids": ids, "action": action})
    return await client.post(BULK, body, content_type=JSON)


async def stored(conversation: Conversation) -> Conversation:
    return await Conversation.objects.aget(pk=conversation.pk)


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("pin", "pinned", True),
        ("unpin", "pinned", False),
        ("archive", "archived", True),
        ("unarchive", "archived", False),
    ],
)
async def test_several_are_changed_by_one_request(
    client: AsyncClient, several: list[Conversation], action: str, field: str, value: bool
):
    await Conversation.objects.aupdate(**{field: not value})
    chosen = several[:2]

    response = await bulk(client, [str(one.pk) for one in chosen] * 2, action)

    assert response.status_code == 200
    assert {one["id"]: one[field] for one in response.json()["results"]} == {
        str(one.pk): value for one in chosen
    }
    assert [getattr(await stored(one), field) for one in several] == [value, value, not value]
    assert (await stored(chosen[0])).changed_at > chosen[0].created_at


async def test_several_are_deleted_and_come_back(client: AsyncClient, several: list[Conversation]):
    ids = [str(one.pk) for one in several[:2]]

    assert (await bulk(client, ids, "delete")).status_code == 200
    listed = (await client.get(reverse("chat:conversations"))).json()["results"]
    assert [one["title"] for one in listed] == ["number 2"]
    # Once more is no error: a request whose answer was lost is sent again.
    for _ in range(2):
        assert (await bulk(client, ids, "restore")).status_code == 200

    listed = (await client.get(reverse("chat:conversations"))).json()["results"]
    assert len(listed) == 3


async def test_one_that_is_somebody_elses_leaves_all_as_they_are(
    client: AsyncClient, several: list[Conversation], of_a_stranger: Conversation
):
    for foreign in (of_a_stranger.pk, uuid4()):
        for action in ("archive", "delete", "restore"):
            response = await bulk(client, [str(several[0].pk), str(foreign)], action)
            assert response.status_code == 404
            assert response.json()["error"]["message"]

    assert not (await stored(several[0])).archived
    assert (await stored(of_a_stranger)).deleted_at is None


@pytest.mark.parametrize(
    ("ids", "action", "field"),
    [
        ([], "pin", "ids"),
        (None, "pin", "ids"),
        ("all", "pin", "ids"),
        ({"a": 1}, "pin", "ids"),
        (["not an id"], "pin", "ids"),
        ([7], "pin", "ids"),
        ([str(uuid4()) for _ in range(101)], "pin", "ids"),
        ([str(uuid4())], "explode", "action"),
        ([str(uuid4())], None, "action"),
    ],
)
async def test_what_is_wrong_with_a_choice_is_said(client: AsyncClient, ids: Any, action: Any, field: str):
    response = await bulk(client, ids, action)

    assert response.status_code == 400
    assert response.json()["error"]["fields"][field]


async def test_nobody_changes_anything_unless_signed_in(several: list[Conversation]):
    assert (await bulk(AsyncClient(), [str(several[0].pk)], "delete")).status_code == 401


@pytest.mark.parametrize("title", ["x" * 10_000, "   ", "", "\u200b", "\0", "a\ud800"])
async def test_a_title_that_is_none_is_refused_where_the_member_looks(
    client: AsyncClient, several: list[Conversation], title: str
):
    item = reverse("chat:conversation-item", args=[several[0].pk])
    options = reverse("chat:conversation-options", args=[several[0].pk])

    changed = await client.patch(item, json.dumps({"title": title}), content_type=JSON)
    page = await client.post(options, {"action": "rename", "title": title.replace("\ud800", "\0")})

    assert changed.status_code == page.status_code == 400
    assert changed.json()["error"]["fields"]["title"]
    assert b'role="alert"' in page.content
    assert (await stored(several[0])).title == "number 0"


async def test_a_title_of_null_is_left_as_it_is(client: AsyncClient, several: list[Conversation]):
    item = reverse("chat:conversation-item", args=[several[0].pk])

    changed = await client.patch(item, json.dumps({"title": None, "pinned": True}), content_type=JSON)

    assert (changed.status_code, changed.json()["title"]) == (200, "number 0")
    assert not (await stored(several[0])).title_is_own


async def test_markup_in_a_title_is_text(client: AsyncClient, several: list[Conversation]):
    title = "<script>alert(1)</script> & more"
    options = reverse("chat:conversation-options", args=[several[0].pk])

    assert (await client.post(options, {"action": "rename", "title": title})).status_code == 303

    page = (await client.get(reverse("chat:index"))).content.decode()
    assert (await stored(several[0])).title == title
    assert (await stored(several[0])).title_is_own
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


async def test_plain_forms_pin_archive_delete_and_bring_back(
    client: AsyncClient, several: list[Conversation], of_a_stranger: Conversation
):
    options = reverse("chat:conversation-options", args=[several[0].pk])
    for action in ("pin", "archive"):
        assert b'value="' + action.encode() in (await client.get(options)).content
        assert (await client.post(options, {"action": action})).status_code == 303
    archived = await client.get(reverse("chat:index"), {"archived": "1"})
    assert "number 0" in archived.content.decode()
    assert "number 1" not in archived.content.decode()
    assert "number 0" not in (await client.get(reverse("chat:index"))).content.decode()

    deleted = await client.post(options, {"action": "delete"})
    page = (await client.get(deleted.headers["Location"])).content.decode()
    assert f'action="{options}"' in page
    assert (await client.post(options, {"action": "restore"})).status_code == 303
    assert (await client.get(options)).status_code == 200

    assert (await client.post(options, {"action": "dance"})).status_code == 400
    foreign = reverse("chat:conversation-options", args=[of_a_stranger.pk])
    assert (await client.get(foreign)).status_code == 404
    assert (await client.post(foreign, {"action": "delete"})).status_code == 404


async def test_the_list_is_grouped_by_the_members_days(client: AsyncClient, several: list[Conversation]):
    now = timezone.now()
    for one, days in zip(several, (0, 3, 100), strict=True):
        await Conversation.objects.filter(pk=one.pk).aupdate(updated_at=now - timedelta(days=days))
    await Conversation.objects.filter(pk=several[1].pk).aupdate(pinned=True)
    # It is about noon there: no day ends while the test looks.
    client.cookies["chat_timezone"] = f"Etc/GMT{now.hour - 12:+d}"

    page = (await client.get(reverse("chat:index"))).content.decode()

    parts = ["Pinned</h2>", "number 1", "Today</h2>", "number 0", 'data-group="20', "number 2"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "zone",
    ["", "Nowhere/Land", "../../etc/passwd", "America", "x" * 5_000, "UTC\0", "%2e%2e", "Asia%2FSeoul"],
)
async def test_a_time_zone_that_is_none_is_no_harm(
    client: AsyncClient, several: list[Conversation], zone: str
):
    client.cookies["chat_timezone"] = zone

    assert (await client.get(reverse("chat:index"))).status_code == 200


async def test_pages_of_the_sidebar_leave_out_what_is_pinned(
    client: AsyncClient, several: list[Conversation]
):
    await Conversation.objects.filter(pk=several[1].pk).aupdate(pinned=True)

    for value, titles in (("0", ["number 2", "number 0"]), ("1", ["number 1"])):
        found = (await client.get(reverse("chat:conversations"), {"pinned": value})).json()["results"]
        assert [one["title"] for one in found] == titles


async def test_a_cursor_of_somebody_else_shows_only_ones_own(
    client: AsyncClient, several: list[Conversation], of_a_stranger: Conversation
):
    cursor = encode_cursor(timezone.now() + timedelta(days=1), of_a_stranger.pk)

    found = (await client.get(reverse("chat:conversations"), {"cursor": cursor})).json()["results"]
    assert {one["title"] for one in found} == {"number 0", "number 1", "number 2"}
    page = await client.get(reverse("chat:index"), {"list": cursor})
    assert "private" not in page.content.decode()
