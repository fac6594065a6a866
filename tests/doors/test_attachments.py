"""Files at the doors: taken, refused, and served to their owner alone."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.urls import reverse

from chat.attachments import storing
from chat.models import Attachment, Conversation, Message
from chat.views import attachments as door
from tests.attachments.files import pdf, png
from tests.attachments.folder import kept_files, storage
from tests.browsing import signed_in
from tests.doors.attaching import UPLOADS, send, upload, uploaded

__all__ = ["storage"]

pytestmark = pytest.mark.usefixtures("storage")
REFUSED = {
    "wrong type": (b"PK\x03\x04\0\0\0\0", "cannot be read here"),
    "empty": (b" ", "is empty"),
    "too large": (b"x" * 5001, "larger than"),
    "image bomb": (png(50_000, 50_000), "megapixels"),
    "cut": (png()[:-9], "damaged"),
    "encrypted": (pdf(password="secret"), "password"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_file_that_is_not_taken_is_refused_with_a_sentence_and_leaves_nothing(
    client: AsyncClient, storage: Path, configure: Callable[..., None], case: str
) -> None:
    content, reason = REFUSED[case]
    configure(MAX_ATTACHMENT_BYTES=5000)

    response = await upload(client, content, "photo.png")

    assert response.status_code == 400
    assert reason in response.json()["error"]["fields"]["file"][0]
    assert not await Attachment.objects.aexists()
    assert kept_files(storage) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"file": "no file"}, 400), ({"other": b"x"}, 400), ({"file": [b"one", b"two"]}, 400)],
    ids=["nothing", "a text", "another field", "two"],
)
async def test_an_upload_is_exactly_one_file(
    client: AsyncClient, fields: dict[str, Any], status: int
) -> None:
    def file(content: Any) -> Any:
        return SimpleUploadedFile("a.txt", content) if isinstance(content, bytes) else content

    sent = {
        name: [file(one) for one in value] if isinstance(value, list) else file(value)
        for name, value in fields.items()
    }

    response = await client.post(UPLOADS, sent)

    assert (response.status_code, "file" in response.json()["error"]["fields"]) == (status, True)


async def test_an_upload_of_another_type_is_refused(client: AsyncClient) -> None:
    response = await client.post(UPLOADS, {"file": "x"}, content_type="application/json")

    assert response.status_code == 415


async def test_a_name_is_cleaned_and_nothing_is_stored_under_it(client: AsyncClient, storage: Path) -> None:
    response = await upload(client, b"x", "a\x01b\u202egpj.html")

    assert response.json()["name"] == "abgpj.html"
    stored = await Attachment.objects.aget()
    assert "html" not in stored.stored_name
    assert kept_files(storage) == [storage / stored.stored_name]


async def test_an_image_is_shown_and_all_else_is_only_saved(client: AsyncClient) -> None:
    image = await client.get(f"{UPLOADS}{await uploaded(client, png(), 'a.html')}/")
    page = await client.get(f"{UPLOADS}{await uploaded(client, b'<script>alert(1)</script>', 'b.html')}/")

    assert (image.content, image["Content-Type"]) == (png(), "image/png")
    assert image["Content-Disposition"].startswith("inline")
    assert page["Content-Type"] == "application/octet-stream"
    assert page["Content-Disposition"].startswith("attachment")
    for response in (image, page):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert response["Cache-Control"] == "private, no-store"


async def test_a_part_that_is_asked_for_is_the_whole(client: AsyncClient) -> None:
    path = f"{UPLOADS}{await uploaded(client, png(), 'a.png')}/"

    for wanted in ("bytes=0-1", "bytes=5-", "bytes=-1", "bytes=9-2", "bytes=0-0,2-3" + ",4-5" * 2_000):
        response = await client.get(path, headers={"range": wanted})
        assert (response.status_code, response.content) == (200, png())


async def test_a_file_is_its_owners_alone(client: AsyncClient, conversation: Conversation) -> None:
    key = await uploaded(client)
    stranger = await get_user_model().objects.acreate(username="stranger")
    other = await signed_in(stranger)
    own = await Conversation.objects.acreate(owner=stranger, assistant="general")

    assert (await other.get(f"{UPLOADS}{key}/")).status_code == 404
    assert (await other.delete(f"{UPLOADS}{key}/")).status_code == 404
    assert (await AsyncClient().get(f"{UPLOADS}{key}/")).status_code == 401
    refused = await send(other, own, attachments=[key])
    assert (refused.status_code, "attachments" in refused.json()["error"]["fields"]) == (400, True)
    assert not await Message.objects.aexists()


async def test_a_member_has_so_much_room_and_no_more(
    client: AsyncClient, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(MEMBER_STORAGE_BYTES=15)
    await uploaded(client, b"0123456789")

    full = await upload(client, b"0123456789")
    monkeypatch.setattr(storing, "MOST_UNUSED", 1)
    unsent = await upload(client, b"x")

    assert "all the room" in full.json()["error"]["fields"]["file"][0]
    assert "without sending" in unsent.json()["error"]["fields"]["file"][0]


async def test_a_site_may_take_no_files(client: AsyncClient, configure: Callable[..., None]) -> None:
    configure(MAX_ATTACHMENTS=0)

    response = await upload(client, b"x")
    page = await client.get(reverse("chat:index"))

    assert "No files" in response.json()["error"]["fields"]["file"][0]
    assert b'type="file"' not in page.content


async def test_a_file_that_the_storage_lost_does_not_exist(client: AsyncClient, storage: Path) -> None:
    key = await uploaded(client)
    storages["files"].delete((await Attachment.objects.aget()).stored_name)

    assert (await client.get(f"{UPLOADS}{key}/")).status_code == 404


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.BoundedSemaphore]:
    """Let one file be read at a time, and none wait."""
    monkeypatch.setattr(door, "MOST_AT_ONCE", 1)
    door.readers.cache_clear()
    yield door.readers().places
    door.readers.cache_clear()


async def test_who_comes_while_too_many_files_wait_is_asked_to_come_again(
    client: AsyncClient, one_place: threading.BoundedSemaphore
) -> None:
    await uploaded(client)
    assert (await upload(client, b"\0\1", "a.exe")).status_code == 400
    # Each of them gave its place back, read or refused.
    one_place.acquire(blocking=False)

    response = await upload(client, b"Some notes")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "many files" in response.json()["error"]["message"]
    one_place.release()
    await uploaded(client)
