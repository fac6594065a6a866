"""Files of messages go into the ZIP of all, and come back from it as any other upload would."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.attachments.recognition import recognise
from chat.attachments.storing import store_attachment
from chat.models import Attachment, Conversation, Message
from tests.archive.files import own, packed, written
from tests.attachments.files import pdf, png
from tests.attachments.folder import kept_files, storage

__all__ = ["storage"]

pytestmark = pytest.mark.usefixtures("storage")

IMPORT = "/chat/api/import/"
PLACE = "files/a.txt"
MARKUP = b"<script>alert(1)</script>"


async def export(client: AsyncClient) -> tuple[bytes, list[int]]:
    """Return the ZIP of all, and how long its parts were."""
    parts = [part async for part in (await client.get("/chat/api/export/")).streaming_content]  # type: ignore[attr-defined]
    return b"".join(parts), [len(part) for part in parts]


async def hand_in(client: AsyncClient, raw: bytes) -> Any:
    return await client.post(IMPORT, raw, content_type="application/zip")


async def keep(owner: Any, content: bytes, name: str, *messages: Message) -> Attachment:
    """Store a file that belongs to these messages."""
    kept = await sync_to_async(store_attachment)(owner, content, recognise(content, name))
    await kept.messages.aset(messages)
    return kept


async def said_by(owner: Any) -> Message:
    conversation = await Conversation.objects.acreate(owner=owner, assistant="general", title="With files")
    message = await Message.objects.acreate(conversation=conversation, role="user", content="Look")
    await Conversation.objects.filter(pk=conversation.pk).aupdate(active_leaf=message)
    return message


def naming(*places: Any, role: str = "user", names: list[str] | None = None) -> bytes:
    """Return a conversation whose one message names files at these places."""
    called = names or [f"{number}.txt" for number, _ in enumerate(places)]
    return written(own({"role": role, "content": "Look", "attachments": called, "files": list(places)}))


def zipped(files: dict[str, bytes], *places: Any, **said: Any) -> bytes:
    """Return a ZIP of these files and a conversation that names them, or names other places."""
    return packed({**files, "conversations/a.json": naming(*(places or files), **said)})


async def test_files_are_exported_once_and_imported_as_they_were(
    client: AsyncClient, member: Any, storage: Path
) -> None:
    first, second = await said_by(member), await said_by(member)
    image = await keep(member, png(), "a/b \u202epicture.png", first, second)
    await keep(member, "이름".encode(), "이름 [1].txt", first)

    raw, _parts = await export(client)

    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.testzip() is None
    places = sorted(name for name in archive.namelist() if name.startswith("files/"))
    day, id_of_image = f"{image.created_at:%Y-%m-%d}", image.pk.hex[:12]
    assert places[0] == f"files/{day} b picture {id_of_image}.png"
    assert len(places) == 2
    text = next(archive.read(name).decode() for name in archive.namelist() if name.endswith(".md"))
    assert "](../files/" in text
    other = AsyncClient()
    await other.aforce_login(await get_user_model().objects.acreate(username="other"))
    told = (await hand_in(other, raw)).json()
    assert (told["conversations"], told["files"], told["files_left_out"]) == (2, 2, 0)
    again = (await hand_in(other, raw)).json()
    assert (again["known"], again["files"], len(kept_files(storage))) == (2, 0, 4)
    theirs = Message.objects.filter(conversation__owner__username="other", attachments__name="이름 [1].txt")
    shown = await other.get(f"/chat/api/conversations/{(await theirs.aget()).conversation_id}/messages/")
    picture, notes = sorted(shown.json()["results"][0]["attachments"], key=lambda file: file["name"])
    assert (await other.get(picture["url"])).content == png()
    assert (picture["width"], notes["name"]) == (3, "이름 [1].txt")
    assert (await client.get(picture["url"])).status_code == 404
    assert (await other.get(f"/chat/api/attachments/{image.pk}/")).status_code == 404


async def test_a_large_file_is_never_in_memory_as_a_whole(client: AsyncClient, member: Any) -> None:
    content = b"\n".join(b"%x" % (number * 2654435761) for number in range(700_000))
    await keep(member, content, "large.txt", await said_by(member))

    raw, parts = await export(client)

    assert len(raw) > 3_000_000
    assert max(parts) < 400_000
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.read(next(name for name in archive.namelist() if "large" in name)) == content


async def test_what_is_lost_or_somebody_elses_is_only_named(
    client: AsyncClient, member: Any, storage: Path
) -> None:
    message = await said_by(member)
    stranger = await get_user_model().objects.acreate(username="stranger")
    await keep(stranger, b"secret", "theirs.txt", message)
    lost = await keep(member, b"lost", "lost.txt", message)
    (storage / lost.stored_name).unlink()
    await keep(member, b"here", "here.txt", message)

    raw, _parts = await export(client)

    archive = zipfile.ZipFile(io.BytesIO(raw))
    exported = json.loads(archive.read(next(name for name in archive.namelist() if name.endswith(".json"))))
    told = dict(zip(*(exported["messages"][0][key] for key in ("attachments", "files")), strict=True))
    assert {name for name, place in told.items() if place is None} == {"theirs.txt", "lost.txt"}
    assert b"secret" not in b"".join(archive.read(name) for name in archive.namelist())
    assert (await hand_in(client, raw)).json()["files"] == 1


LEFT_OUT = {
    "a program": b"\x7fELF\x02\x01\x01\0\0\0\0",
    "an archive": packed({"a": "b"}),
    "an image bomb": png(60_000, 60_000),
    "an image that was cut": png()[:-8],
    "a protected document": pdf(password="x"),
    "nothing": b"",
    "too large": b"x" * 20_001,
}


async def test_files_that_no_upload_would_take_are_only_named(
    client: AsyncClient, configure: Callable[..., None], storage: Path
) -> None:
    configure(MAX_ATTACHMENT_BYTES=20_000, MAX_ATTACHMENTS=len(LEFT_OUT))
    files = {f"files/{number}.txt": content for number, content in enumerate(LEFT_OUT.values())}

    told = (await hand_in(client, zipped(files))).json()

    assert (told["files"], told["files_left_out"]) == (0, len(LEFT_OUT))
    assert "Only named" in told["message"]
    assert kept_files(storage) == []
    imported = (await Message.objects.select_related("imported").aget()).imported
    assert len(imported.attachments) == len(LEFT_OUT)


async def test_markup_is_a_text_that_is_only_saved_whatever_it_is_called(client: AsyncClient) -> None:
    await hand_in(client, zipped({PLACE: MARKUP}, names=["../../x.html"]))

    kept = await Attachment.objects.aget()
    served = await client.get(f"/chat/api/attachments/{kept.pk}/")
    assert (kept.name, kept.media_type) == ("x.html", "text/plain")
    assert served.headers["Content-Type"] == "application/octet-stream"
    assert served.headers["Content-Disposition"].startswith("attachment")


async def test_no_more_files_than_may_be_sent_and_only_with_questions(
    client: AsyncClient, configure: Callable[..., None]
) -> None:
    configure(MAX_ATTACHMENTS=2)
    files = {f"files/{number}.txt": b"%d" % number for number in range(3)}
    few = (await hand_in(client, zipped(files))).json()
    of_an_answer = (await hand_in(client, zipped(files, role="assistant"))).json()
    configure(MAX_ATTACHMENTS=0)
    none = (await hand_in(client, zipped({PLACE: b"a"}))).json()
    configure(MAX_ATTACHMENTS=2, MEMBER_STORAGE_BYTES=2)
    full = (await hand_in(client, zipped({PLACE: b"b"}))).json()

    told = [(one["files"], one["files_left_out"]) for one in (few, of_an_answer, none, full)]
    assert told == [(2, 1), (0, 3), (0, 1), (0, 1)]


async def test_one_file_may_be_named_twice_and_a_conversation_have_many(client: AsyncClient) -> None:
    await hand_in(client, zipped({PLACE: b"once"}, PLACE, PLACE))
    assert await Attachment.objects.acount() == await Attachment.messages.through.objects.acount() == 1

    files = {f"files/{number}.txt": b"%d" % number for number in range(60)}
    messages = [{"role": "user", "content": "x", "attachments": ["a"], "files": [place]} for place in files]
    told = (await hand_in(client, packed({**files, "conversations/a.json": written(own(*messages))}))).json()

    assert told["files"] == 60


async def test_files_are_read_for_so_long_and_no_longer(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.keeping.MOST_SECONDS", -1.0)

    told = (await hand_in(client, zipped({PLACE: b"late"}))).json()

    assert (told["conversations"], told["files_left_out"]) == (1, 1)


async def test_a_conversation_alone_only_names_its_files(client: AsyncClient) -> None:
    response = await client.post(IMPORT, naming(PLACE), content_type="application/json")

    assert (response.status_code, response.json()["files"]) == (201, 0)
    assert (await Message.objects.select_related("imported").aget()).imported.attachments == ["0.txt"]


def altered(raw: bytes, offset: int, value: bytes) -> bytes:
    """Return a ZIP with other bytes in both headers of its first file, counted as in the directory's."""
    local, directory = raw.index(b"PK\x03\x04"), raw.index(b"PK\x01\x02")
    changed = bytearray(raw)
    changed[directory + offset : directory + offset + len(value)] = value
    changed[local + offset - 2 : local + offset - 2 + len(value)] = value
    return bytes(changed)


GOOD = zipped({PLACE: b"good " * 50})
HOSTILE = {
    "a place outside": zipped({"../a.txt": b"x"}),
    "a place within a folder": zipped({"files/../../etc/passwd": b"x"}),
    "an absolute place": zipped({"/etc/passwd": b"x"}),
    "a place of Windows": zipped({"files/..\\a.txt": b"x"}),
    "a place with a line break": zipped({"files/a\n.txt": b"x"}),
    "another conversation as a file": zipped({}, "conversations/a.json"),
    "a stored file of somebody": zipped({}, "chat/attachments/ab/abcdef"),
    "a place that is not there": zipped({}, "files/none.txt"),
    "a place that is a number": zipped({}, 7),
    "a place that is a list": zipped({}, ["files/a.txt"]),
    "a very long place": zipped({"files/" + "x" * 300: b"x"}),
    "encrypted": altered(GOOD, 8, struct.pack("<H", 1)),
    "packed with another method": packed(
        {PLACE: b"x", "conversations/a.json": naming(PLACE)}, zipfile.ZIP_LZMA
    ),
    "another checksum": altered(GOOD, 16, b"\0\0\0\0"),
    "cut": GOOD[:-30],
    "a bomb": zipped({PLACE: b"\0" * 60_000_000}),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_zip_stores_nothing_and_is_told_why(
    client: AsyncClient, raw: bytes, storage: Path, configure: Callable[..., None]
) -> None:
    configure(MAX_IMPORT_BYTES=10_000_000)

    response = await hand_in(client, raw)

    assert response.status_code == 400, response.content
    assert response.json()["error"]["fields"]["file"][0].endswith("Nothing was imported.")
    assert not await Conversation.objects.aexists()
    assert kept_files(storage) == []


async def test_the_good_one_among_them_is_taken(client: AsyncClient) -> None:
    assert (await hand_in(client, GOOD)).json()["files"] == 1
