"""Files in turns: sent through every door, kept as long as a message has them, and gone with it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.attachments.purging import purge_unused
from chat.models import Attachment, Conversation, Message
from tests.attachments.files import png
from tests.attachments.folder import kept_files, storage
from tests.doors.attaching import UPLOADS, send, uploaded
from tests.doors.speaking import Refused, opened
from tests.runs.conftest import hear

__all__ = ["storage"]

pytestmark = pytest.mark.usefixtures("storage")


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


async def test_files_stay_in_the_order_in_which_they_were_sent(
    client: AsyncClient, conversation: Conversation
) -> None:
    keys = [await uploaded(client, name=f"{name}.txt") for name in "abcd"]
    chosen = [keys[2], keys[0], keys[3], keys[1]]
    await send(client, conversation, attachments=chosen)
    await send(client, conversation, content="Look again", parent=None, attachments=chosen)

    async for question in Message.objects.filter(role="user"):
        shown = (await client.get(f"/chat/api/messages/{question.pk}/")).json()
        assert [file["id"] for file in shown["attachments"]] == chosen


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


async def test_the_page_shows_the_files_of_a_message_by_name(
    client: AsyncClient, conversation: Conversation
) -> None:
    await send(client, conversation, attachments=[await uploaded(client, b"x", "<b>plan</b>.txt")])

    page = (await client.get(reverse("chat:conversation", args=[conversation.pk]))).content.decode()

    assert "b&gt;plan" in page or "b&gt;.txt" in page
    assert "<b>plan" not in page
    assert "chat/css/attachments.css" in page
