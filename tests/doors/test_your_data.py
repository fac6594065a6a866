"""The page of a member's data, and its last button."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.models import Conversation, Feedback, LogBatch, Message, Run, SharedConversation
from tests.attachments.folder import kept_files, storage
from tests.doors.attaching import uploaded
from tests.runs.conftest import hear

__all__ = ["storage"]

JSON = "application/json"
DELETE = "/chat/data/delete/"


async def test_everything_goes_at_once_and_what_is_answered_stops(
    client: AsyncClient, member: Any, say: Callable[..., Any]
) -> None:
    first = await say("hello")
    await hear(first.run.pk)
    await Feedback.objects.acreate(message=first.assistant_message, user=member, rating=1)
    other = await get_user_model().objects.acreate(username="other")
    kept = await Conversation.objects.acreate(owner=other, assistant="general")
    deleted = await Conversation.objects.acreate(owner=member, assistant="general")
    await client.delete(f"/chat/api/conversations/{deleted.pk}/")
    await say("/stall after 1")

    response = await client.post(DELETE, {"sure": "yes"})

    assert response.status_code == 303
    assert "Everything was deleted." in (await client.get(response.headers["Location"])).content.decode()
    assert [one.pk async for one in Conversation.objects.all()] == [kept.pk]
    for model in (Message, Run, LogBatch, Feedback, SharedConversation):
        assert not await model._default_manager.aexists(), model


async def test_of_no_kind_of_record_anything_stays(
    client: AsyncClient, member: Any, say: Callable[..., Any], storage: Path
) -> None:
    sent = await uploaded(client)
    await uploaded(client, name="never sent.txt")
    turn = await say("/sources 1\n/repeat hello")
    await hear(turn.run.pk)
    path = f"/chat/api/conversations/{turn.run.conversation_id}/messages/"
    wish = {"content": "Look", "client_message_id": uuid4().hex, "attachments": [sent]}
    await hear(UUID((await client.post(path, wish, content_type=JSON)).json()["run"]["id"]))
    await client.post("/chat/api/prompts/", {"name": "a", "text": "b"}, content_type=JSON)
    shared = {"conversation": str(turn.run.conversation_id)}
    await client.post("/chat/api/shares/", shared, content_type=JSON)
    exported = await client.get(f"/chat/api/conversations/{turn.run.conversation_id}/export/?format=json")
    await client.post("/chat/api/import/", exported.content, content_type=JSON)
    await client.post(
        f"/chat/api/messages/{turn.assistant_message.pk}/feedback/", {"rating": 1}, content_type=JSON
    )
    tables = list(apps.get_app_config("chat").get_models())
    kept = [table.__name__ for table in tables if await table._default_manager.aexists()]
    assert {"Attachment", "ImportedMessage", "SavedPrompt", "SearchEntry", "Usage"} <= set(kept)
    assert len(kept_files(storage)) == 2

    await client.post(DELETE, {"sure": "yes"})

    left = [table.__name__ for table in tables if await table._default_manager.aexists()]
    assert left == []
    assert kept_files(storage) == []


async def test_nothing_goes_without_a_tick(client: AsyncClient, conversation: Conversation) -> None:
    response = await client.post(DELETE, {})

    assert response.status_code == 400
    assert "Tick the box" in response.content.decode()
    assert await Conversation.objects.filter(pk=conversation.pk).aexists()
    assert (await client.get(DELETE)).status_code == 405
    assert (await AsyncClient().post(DELETE, {"sure": "yes"})).status_code == 302


async def test_forms_of_other_sites_delete_import_and_revoke_nothing(member: Any) -> None:
    strict = AsyncClient(enforce_csrf_checks=True)
    await strict.aforce_login(member)

    for path in (DELETE, "/chat/data/import/", "/chat/api/import/", "/chat/api/shares/", "/accounts/delete/"):
        assert (await strict.post(path, {})).status_code == 403, path


async def test_a_cursor_that_is_none_shows_the_first_links(client: AsyncClient) -> None:
    assert (await client.get("/chat/data/?cursor=nonsense")).status_code == 200
