"""Files of messages go into the ZIP of all, and come back from it as any other upload would."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.attachments.recognition import recognise
from chat.attachments.storing import store_attachment
from chat.models import Attachment, Conversation, Message
from tests.archive.files import chatgpt, naming, node, own, packed, written, zipped
from tests.archive.importing import IMPORT, hand_in
from tests.attachments.files import png
from tests.attachments.folder import kept_files, storage

__all__ = ["storage"]

pytestmark = pytest.mark.usefixtures("storage")

PLACE = "files/a.txt"


async def export(client: AsyncClient) -> tuple[bytes, list[int]]:
    """Return the ZIP of all, and how long its parts were."""
    parts = [part async for part in (await client.get("/chat/api/export/")).streaming_content]  # type: ignore[attr-defined]
    return b"".join(parts), [len(part) for part in parts]


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


@pytest.mark.slow
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


async def test_one_file_may_be_named_twice_and_a_conversation_have_many(client: AsyncClient) -> None:
    await hand_in(client, zipped({PLACE: b"once"}, PLACE, PLACE))
    assert await Attachment.objects.acount() == await Attachment.messages.through.objects.acount() == 1

    files = {f"files/{number}.txt": b"%d" % number for number in range(60)}
    messages = [{"role": "user", "content": "x", "attachments": ["a"], "files": [place]} for place in files]
    told = (await hand_in(client, packed({**files, "conversations/a.json": written(own(*messages))}))).json()

    assert told["files"] == 60


async def test_a_conversation_alone_only_names_its_files(client: AsyncClient) -> None:
    response = await client.post(IMPORT, naming(PLACE), content_type="application/json")

    assert (response.status_code, response.json()["files"]) == (201, 0)
    assert (await Message.objects.select_related("imported").aget()).imported.attachments == ["0.txt"]


async def test_images_in_chatgpts_zip_come_with_their_questions(client: AsyncClient, storage: Path) -> None:
    def image(address: Any) -> dict[str, Any]:
        return {"content_type": "image_asset_pointer", "asset_pointer": address}

    def pictured(*parts: Any) -> dict[str, Any]:
        return {"content_type": "multimodal_text", "parts": list(parts)}

    named = {"attachments": [{"id": "file-Ab1", "name": "cat.png"}, {"id": "file-none", "name": "lost.pdf"}]}
    mapping = {
        "asked": node("root", text=pictured(image("file-service://file-Ab1"), "Whose?"), metadata=named),
        "drawn": node("asked", "assistant", pictured(image("sediment://file_00c"))),
        "alone": node("drawn", text=pictured(image("sediment://file_00c"), image(["x"]))),
    }
    files = {"file-Ab1-cat.png": png(), "images/file_00c-sanitized.png": png(5), "../file-x.png": png(6)}

    told = (
        await hand_in(client, packed({**files, "conversations.json": written([chatgpt(mapping)])}))
    ).json()

    assert (told["messages"], told["files"], told["files_left_out"]) == (3, 2, 0)
    said = [one async for one in Message.objects.order_by("created_at").values_list("content", flat=True)]
    assert said == ["Whose?", "[An image was here]", "[An image was here]"]
    kept = Attachment.objects.order_by("width").values_list("name", "messages__content")
    assert [one async for one in kept] == [
        ("cat.png", "Whose?"),
        ("file_00c-sanitized.png", "[An image was here]"),
    ]
    assert len(kept_files(storage)) == 2
