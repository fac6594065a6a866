"""What becomes of files that members hand in."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from chat.models import Conversation, Message, Run
from tests.archive.files import chatgpt, node, own, packed, written
from tests.archive.importing import IMPORT, JSON, ZIP, hand_in


async def paths(conversation: Conversation) -> list[tuple[str, str]]:
    """Return the messages by role and text, as they are ordered."""
    rows = conversation.messages.oldest_first().values_list("role", "content")
    return [row async for row in rows]


async def test_an_export_of_ours_is_imported_under_new_ids(client: AsyncClient, member: Any) -> None:
    response = await hand_in(client, written(own()))

    assert response.status_code == 201
    assert response.json()["conversations"] == 1
    stored = await Conversation.objects.select_related("active_leaf").aget(owner=member)
    assert stored.title == "A reason"
    assert str(stored.updated_at.date()) == "2024-05-02"
    assert await paths(stored) == [("user", "Why?"), ("assistant", "Because.")]
    assert stored.active_leaf
    assert stored.active_leaf.content == "Because."
    assert not await Run.objects.aexists()
    assert (await client.get(f"/chat/c/{stored.pk}/")).status_code == 200


async def test_the_same_file_twice_says_so_and_adds_nothing(client: AsyncClient) -> None:
    raw = written([own(), own(title="Another")])
    await hand_in(client, raw)

    again = await hand_in(client, raw)

    assert again.status_code == 200
    assert (again.json()["conversations"], again.json()["known"]) == (0, 2)
    assert "imported before" in again.json()["message"]
    assert await Conversation.objects.acount() == 2


async def test_what_was_deleted_since_is_imported_again(client: AsyncClient, member: Any) -> None:
    raw = written([own(), own(title="Another")])
    await hand_in(client, raw)
    first = await Conversation.objects.aget(title="Another")
    await client.delete(f"/chat/api/conversations/{first.pk}/")

    again = (await hand_in(client, raw)).json()

    assert (again["conversations"], again["known"]) == (1, 1)
    assert await Conversation.objects.kept().acount() == 2


async def test_two_members_import_the_same_file_each_for_themselves(client: AsyncClient) -> None:
    other = AsyncClient()
    await other.aforce_login(await get_user_model().objects.acreate(username="other"))
    await hand_in(client, written(own()))

    assert (await hand_in(other, written(own()))).json()["conversations"] == 1


async def test_ids_in_a_file_are_never_taken_over(client: AsyncClient, member: Any) -> None:
    theirs = await get_user_model().objects.acreate(username="victim")
    victim = await Conversation.objects.acreate(owner=theirs, assistant="general", title="mine")
    forged = own(id=str(victim.pk), title="yours", owner=theirs.pk)

    await hand_in(client, written(forged))

    await victim.arefresh_from_db()
    assert (victim.title, victim.owner_id) == ("mine", theirs.pk)
    assert (await Conversation.objects.aget(owner=member)).pk != victim.pk


async def test_chatgpts_conversations_are_imported_with_their_branches(
    client: AsyncClient, member: Any
) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}
    mapping = {
        "system": node("root", "system", "be nice"),
        "hidden": node("system", "user", "profile", metadata={"is_visually_hidden_from_conversation": True}),
        "question": node(
            "hidden", "user", {"content_type": "multimodal_text", "parts": [image, "What is it?"]}
        ),
        "search": node("question", "assistant", "search(x)", recipient="browser"),
        "found": node("search", "tool", "results"),
        "odd": node("found", "assistant", {"content_type": "holograms", "beam": 1}),
        "first": node("odd", "assistant", "A tree.", metadata={"model_slug": "gpt-4o"}),
        "second": node("odd", "assistant", "An oak."),
    }

    response = await hand_in(client, written([chatgpt(mapping, current_node="first")]))

    body = response.json()
    assert (body["messages"], body["skipped"]) == (3, 5)
    stored = await Conversation.objects.select_related("active_leaf").aget(owner=member)
    assert stored.title == "Trees"
    assert stored.active_leaf
    assert stored.active_leaf.content == "A tree."
    assert stored.active_leaf.model == "gpt-4o"
    answers = [answer async for answer in Message.objects.filter(role="assistant").select_related("parent")]
    assert {answer.parent.content for answer in answers if answer.parent} == {
        "[An image was here]\n\nWhat is it?"
    }
    assert {answer.content for answer in answers} == {"A tree.", "An oak."}


@pytest.mark.parametrize(
    "name",
    ["conversations.json", "export/conversations.json", "conversations-001.json", "conversations/a.json"],
)
async def test_zips_of_both_kinds_are_read(client: AsyncClient, name: str) -> None:
    content = own() if "a.json" in name else [chatgpt({"one": node("root")})]
    raw = packed({name: written(content), "chat.html": "<html>", "image.png": b"\x89PNG"})

    response = await hand_in(client, raw, ZIP)

    assert response.json()["conversations"] == 1


@pytest.mark.slow
async def test_a_tree_of_5000_levels_and_times_that_lie_is_stored_in_order(
    client: AsyncClient, member: Any
) -> None:
    deep = [{"role": "user", "content": str(level), "parent": level or None} for level in range(5000)]
    future = [{**one, "created_at": "2999-01-01T00:00:00+00:00"} for one in deep]

    response = await hand_in(client, written(own(*future)))

    assert response.status_code == 201
    stored = await Conversation.objects.aget(owner=member)
    assert [int(text) for _, text in await paths(stored)] == list(range(5000))
    page = await client.get(f"/chat/api/conversations/{stored.pk}/messages/")
    assert page.json()["results"][0]["content"] == "4999"


async def test_the_plain_form_imports_and_tells_what_happened(client: AsyncClient) -> None:
    def form(raw: bytes) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("conversations.json", raw)}

    good = await client.post("/chat/data/import/", form(written(own())))
    bad = await client.post("/chat/data/import/", form(b"nonsense"))
    none = await client.post("/chat/data/import/", {})

    assert "Imported conversations: 1, messages: 2." in good.content.decode()
    assert (bad.status_code, none.status_code) == (400, 400)
    assert "Nothing was imported." in bad.content.decode()
    assert "Choose a file." in none.content.decode()


async def test_visitors_import_and_export_nothing(client: AsyncClient) -> None:
    visitor = AsyncClient()

    assert (await visitor.post(IMPORT, b"{}", content_type=JSON)).status_code == 401
    assert (await visitor.get("/chat/api/export/")).status_code == 401
    assert (await visitor.get("/chat/data/")).status_code == 302
    assert json.loads((await client.get(IMPORT)).content or "{}") == {}
