"""Files of a ZIP that are too much, or not what they are said to be; and ZIPs that say what is not so."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import AsyncClient

from chat.models import Attachment, Conversation, Message
from tests.archive.files import naming, packed, zipped
from tests.archive.importing import hand_in
from tests.attachments.files import pdf, png
from tests.attachments.folder import kept_files, storage

__all__ = ["storage"]

pytestmark = pytest.mark.usefixtures("storage")

PLACE = "files/a.txt"
MARKUP = b"<script>alert(1)</script>"
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


async def test_files_are_read_for_so_long_and_no_longer(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.keeping.MOST_SECONDS", -1.0)

    told = (await hand_in(client, zipped({PLACE: b"late"}))).json()

    assert (told["conversations"], told["files_left_out"]) == (1, 1)


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
