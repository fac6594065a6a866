"""A hostile file stores nothing, and whoever hands it in is told why."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from chat.models import Conversation
from chat.views import imports as door
from tests.archive.files import chatgpt, node, own, packed, written
from tests.archive.importing import ZIP, hand_in


def circle() -> dict[str, Any]:
    return chatgpt({"a": node("b"), "b": node("a")})


HOSTILE = {
    "empty": b"",
    "no json": b"hello",
    "cut": written([own(), own()])[:-20],
    "more after the end": written(own()) + b"{}",
    "not utf-8": b'{"format": "\xff\xfe"}',
    "utf-16": written(own()).decode().encode("utf-16"),
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
    "a message that answers itself": written([chatgpt({"a": node("a")})]),
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


async def test_who_comes_while_too_many_files_wait_is_asked_to_come_again(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_AT_ONCE", 1)
    door.importers.cache_clear()
    try:
        # Each of them gave its place back, imported or refused.
        assert (await hand_in(client, written(own()))).status_code == 201
        assert (await hand_in(client, b"{")).status_code == 400
        door.importers().places.acquire(blocking=False)

        response = await hand_in(client, written(own()))
    finally:
        door.importers.cache_clear()

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


async def test_a_file_that_starts_with_a_mark_of_utf_8_is_read(client: AsyncClient) -> None:
    assert (await hand_in(client, b"\xef\xbb\xbf" + written(own()))).status_code == 201
