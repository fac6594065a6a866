"""What becomes of files that members hand in; a hostile one stores nothing and is told why."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from chat.models import Conversation, Message, Run
from tests.archive.files import chatgpt, node, own, packed, written

IMPORT = "/chat/api/import/"
ZIP = "application/zip"
JSON = "application/json"


async def hand_in(client: AsyncClient, raw: bytes, content_type: str = JSON) -> Any:
    return await client.post(IMPORT, raw, content_type=content_type)


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


def circle() -> dict[str, Any]:
    return chatgpt({"a": node("b"), "b": node("a")})


HOSTILE = {
    "empty": b"",
    "no json": b"hello",
    "cut": written([own(), own()])[:-20],
    "more after the end": written(own()) + b"{}",
    "not utf-8": b'{"format": "\xff\xfe"}',
    "another kind": written({"hello": "world"}),
    "a number": b"17",
    "an array of texts": written(["a", "b"]),
    "no conversations": b"[]",
    "not a number": b'[{"mapping": NaN}]',
    "a number of 5,000 digits": b"[" + b"9" * 5000 + b"]",
    "nested without end": b"[" * 200_000,
    "nested objects": b'{"a":' * 100_000,
    "another version": written(own(version=2)),
    "nul": written(own({"role": "user", "content": "a\0b"})),
    "a lone surrogate": written(own({"role": "user", "content": "x"})).replace(b'"x"', b'"\\ud800"'),
    "nul in a title": written(own(title="a\0")),
    "a long text": written(own({"role": "user", "content": "x" * 400_001})),
    "an unknown role": written(own({"role": "root", "content": "x"})),
    "a role of another type": written(own({"role": ["user"], "content": "x"})),
    "a text of another type": written(own({"role": "user", "content": {"a": 1}})),
    "a parent that comes later": written(own({"role": "user", "content": "x", "parent": 1})),
    "a parent that is not there": written(own({"role": "user", "content": "x", "parent": 99})),
    "a parent of another type": written(own({"role": "user", "content": "x", "parent": "1"})),
    "a shown that is not there": written(own(shown=3)),
    "numbers out of order": written(own({"role": "user", "content": "x", "number": 7})),
    "messages of another type": written(own(messages={"a": 1})),
    "a time that is none": written(own(created_at="yesterday")),
    "a time beyond the calendar": written(own(created_at=1e300)),
    "a thumb that is none": written(own({"role": "user", "content": "x", "feedback": {"rating": 5}})),
    "pinned perhaps": written(own(pinned="perhaps")),
    "work of another type": written(own({"role": "assistant", "content": "x", "work": [1]})),
    "a step of an unknown kind": written(
        own({"role": "assistant", "content": "x", "work": {"steps": [{"kind": ["tool"], "status": "done"}]}})
    ),
    "a score without end": written(
        own({"role": "assistant", "content": "x", "work": {"sources": [{"score": 17}]}})
    ).replace(b"17", b"1e999"),
    "a duration before the beginning": written(
        own(
            {
                "role": "assistant",
                "content": "x",
                "work": {"steps": [{"kind": "tool", "status": "done", "duration_ms": -1}]},
            }
        )
    ),
    "good and then bad": written([own(), own(version=9)]),
    "a circle": written([circle()]),
    "a node of another type": written([chatgpt({"a": "node"})]),
    "an author of another type": written([chatgpt({"a": {"parent": None, "message": {"author": 1}}})]),
    "a parent that is an object": written([chatgpt({"a": {"parent": {}, "message": None}})]),
    "no zip": b"PK\x03\x04 hello",
    "an empty zip": packed({}),
    "a zip of other things": packed({"a.txt": "hello", "../conversations/x.json": "{}"}),
    "a zip with paths": packed({"/conversations/../../etc/passwd.json": written(own())}),
    "a zip with a bad file at its end": packed(
        {"conversations/a.json": written(own()), "conversations/b.json": "{"}
    ),
    "a bomb": packed({"conversations/a.json": b'"' + b" " * 60_000_000 + b'"'}),
    "a cut zip": packed({"conversations/a.json": written(own())})[:-30],
    "a broken zip": packed({"conversations/a.json": written(own())}).replace(b"reason", b"raison", 1)[:40]
    + b"\0" * 40
    + packed({"conversations/a.json": written(own())})[80:],
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_file_stores_nothing_and_is_told_why(client: AsyncClient, raw: bytes) -> None:
    response = await hand_in(client, raw)

    assert response.status_code == 400, response.content
    assert len(response.json()["error"]["fields"]["file"][0]) > 15
    assert not await Conversation.objects.aexists()


async def test_too_many_messages_conversations_or_files_are_refused(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.own_format.MOST_MESSAGES", 1)
    assert (await hand_in(client, written(own()))).status_code == 400
    monkeypatch.setattr("chat.archive.opening.MOST_CONVERSATIONS", 1)
    few = own({"role": "user", "content": "x"})
    assert (await hand_in(client, written([few, few]))).status_code == 400
    monkeypatch.setattr("chat.archive.opening.MOST_FILES", 1)
    assert (
        await hand_in(client, packed({"a": "", "b": "", "conversations/c.json": written(few)}))
    ).status_code == 400
    assert not await Conversation.objects.aexists()


async def test_a_file_that_is_too_large_is_refused(client: AsyncClient, configure: Any) -> None:
    configure(MAX_IMPORT_BYTES=100)

    raw = await hand_in(client, written(own()))
    form = await client.post("/chat/data/import/", {"file": SimpleUploadedFile("a.json", written(own()))})

    assert (raw.status_code, form.status_code) == (413, 413)
    assert not await Conversation.objects.aexists()


async def test_a_zip_unpacks_to_no_more_than_four_of_the_largest_files(
    client: AsyncClient, configure: Any
) -> None:
    raw = packed({"conversations/a.json": written(own()) + b" " * 20_000})
    configure(MAX_IMPORT_BYTES=5_000)
    refused = await hand_in(client, raw, ZIP)
    configure(MAX_IMPORT_BYTES=6_000)

    assert (await hand_in(client, raw, ZIP)).status_code == 201
    assert refused.json()["error"]["fields"]["file"][0].startswith("What is packed in this ZIP")


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

    assert "Imported: 1 conversations with 2 messages." in good.content.decode()
    assert (bad.status_code, none.status_code) == (400, 400)
    assert "Nothing was imported." in bad.content.decode()
    assert "Choose a file." in none.content.decode()


async def test_visitors_import_and_export_nothing(client: AsyncClient) -> None:
    visitor = AsyncClient()

    assert (await visitor.post(IMPORT, b"{}", content_type=JSON)).status_code == 401
    assert (await visitor.get("/chat/api/export/")).status_code == 401
    assert (await visitor.get("/chat/data/")).status_code == 302
    assert json.loads((await client.get(IMPORT)).content or "{}") == {}
