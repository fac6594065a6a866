"""Files at the doors: taken, served to their owner alone, sent with a turn, and gone with it."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.attachments import storing
from chat.attachments.purging import purge_unused
from chat.models import Attachment, Conversation, Message
from chat.views import attachments as door
from tests.attachments.files import pdf, png
from tests.doors.speaking import Refused, opened
from tests.runs.conftest import hear

UPLOADS = "/chat/api/attachments/"


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """Keep files in a folder of the test, and have a model that can look at images."""
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    settings.CHAT = {**settings.CHAT, "ATTACHMENT_STORAGE": "files", "VISION": True}
    return tmp_path


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    return await signed_in(member)


async def signed_in(user: Any) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    return client


async def upload(client: AsyncClient, content: bytes, name: str = "notes.txt") -> Any:
    return await client.post(UPLOADS, {"file": SimpleUploadedFile(name, content)})


async def uploaded(client: AsyncClient, content: bytes = b"Some notes", name: str = "notes.txt") -> str:
    response = await upload(client, content, name)
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


async def send(client: AsyncClient, conversation: Conversation, **turn: Any) -> Any:
    url = reverse("chat:messages", args=[conversation.pk])
    body = {"client_message_id": uuid4().hex, "content": "Look", **turn}
    response = await client.post(url, body, content_type="application/json")
    if response.status_code < 300:
        await hear(UUID(response.json()["run"]["id"]))
    return response


def kept_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


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


@pytest.mark.parametrize("kind", ["sse", "websocket"])
async def test_a_file_goes_with_a_turn_through_every_door(
    member: Any, conversation: Conversation, client: AsyncClient, kind: str
) -> None:
    key = await uploaded(client, b"The sea is blue.")
    async with opened(kind, member, conversation) as door:
        run_id = await door.send("", attachments=[key])
        repeated = await door.send("", attachments=[key])

        assert run_id == repeated
        with pytest.raises(Refused) as refused:
            await door.send("", attachments=[await uploaded(client)])
        assert refused.value.code == "client_message_id_reused"
    await hear(UUID(run_id))
    [question] = (await client.get(reverse("chat:messages", args=[conversation.pk]))).json()["results"][1:]
    assert [file["name"] for file in question["attachments"]] == ["notes.txt"]
    assert (await Conversation.objects.aget()).title == "notes.txt"


@pytest.mark.parametrize("attachments", ["x", [5], ["no id"], {"a": 1}, [str(uuid4())]])
async def test_what_names_no_files_begins_no_turn(
    client: AsyncClient, conversation: Conversation, attachments: Any
) -> None:
    response = await send(client, conversation, attachments=attachments)

    assert (response.status_code, list(response.json()["error"]["fields"])) == (400, ["attachments"])
    assert not await Message.objects.aexists()


async def test_a_message_takes_so_many_files_and_no_more(
    client: AsyncClient, conversation: Conversation, configure: Callable[..., None]
) -> None:
    configure(MAX_ATTACHMENTS=1)
    keys = [await uploaded(client), await uploaded(client)]

    response = await send(client, conversation, attachments=keys)

    assert "at most 1" in response.json()["error"]["fields"]["attachments"][0]


async def test_an_image_for_a_model_that_cannot_see_is_refused_before_it_is_stored(
    client: AsyncClient, conversation: Conversation, configure: Callable[..., None]
) -> None:
    key = await uploaded(client, png(), "a.png")
    configure(VISION=False, MODELS=[{"name": "seeing", "vision": True}, {"name": "blind"}])

    for model in ({}, {"model": "blind"}):
        refused = await send(client, conversation, attachments=[key], **model)
        assert "cannot look at images" in refused.json()["error"]["fields"]["attachments"][0]

    assert (await send(client, conversation, attachments=[key], model="seeing")).status_code == 201


async def test_a_file_that_was_sent_cannot_be_taken_back(
    client: AsyncClient, conversation: Conversation, storage: Path
) -> None:
    sent, unsent = await uploaded(client), await uploaded(client)
    await send(client, conversation, attachments=[sent])

    assert (await client.delete(f"{UPLOADS}{sent}/")).status_code == 403
    assert (await client.delete(f"{UPLOADS}{unsent}/")).status_code == 204
    assert len(kept_files(storage)) == 1


async def test_files_go_with_the_last_conversation_that_has_them(
    client: AsyncClient, conversation: Conversation, storage: Path
) -> None:
    first = await send(client, conversation, attachments=[await uploaded(client)])
    answer = first.json()["assistant_message"]["id"]
    branched = await client.post(reverse("chat:branch", args=[answer]), {}, content_type="application/json")
    branch = await Conversation.objects.aget(pk=branched.json()["id"])

    await sync_to_async(conversation.delete)()
    assert len(kept_files(storage)) == 1

    await sync_to_async(branch.delete)()
    assert kept_files(storage) == []
    assert not await Attachment.objects.aexists()


async def test_an_edited_question_keeps_the_same_file(
    client: AsyncClient, conversation: Conversation
) -> None:
    key = await uploaded(client)
    await send(client, conversation, attachments=[key])

    again = await send(client, conversation, content="Look again", parent=None, attachments=[key])

    assert again.status_code == 201
    assert await Attachment.objects.acount() == 1


async def test_what_was_never_sent_is_purged(
    client: AsyncClient, conversation: Conversation, storage: Path
) -> None:
    sent, old, fresh = [await uploaded(client) for _ in range(3)]
    await send(client, conversation, attachments=[sent])
    long_ago = timezone.now() - timedelta(days=2)
    await Attachment.objects.filter(pk__in=[sent, old]).aupdate(created_at=long_ago)

    assert await sync_to_async(purge_unused)() == 1

    assert {str(one.pk) async for one in Attachment.objects.all()} == {sent, fresh}
    assert len(kept_files(storage)) == 2


async def test_the_files_of_a_deleted_member_go_too(client: AsyncClient, member: Any, storage: Path) -> None:
    await uploaded(client)

    await sync_to_async(member.delete)()

    assert kept_files(storage) == []


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


async def test_the_page_shows_the_files_of_a_message_by_name(
    client: AsyncClient, conversation: Conversation
) -> None:
    await send(client, conversation, attachments=[await uploaded(client, b"x", "<b>plan</b>.txt")])

    page = (await client.get(reverse("chat:conversation", args=[conversation.pk]))).content.decode()

    assert "b&gt;plan" in page or "b&gt;.txt" in page
    assert "<b>plan" not in page
    assert "chat/css/attachments.css" in page


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.BoundedSemaphore]:
    """Let one file be read at a time, and none wait."""
    monkeypatch.setattr(door, "MOST_AT_ONCE", 1)
    door._places.cache_clear()
    yield door._places()
    door._places.cache_clear()


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
