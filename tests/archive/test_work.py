"""What led to an answer goes with it: into exports, imports, links and their copies."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.models import Conversation, Message
from tests.runs.conftest import hear

JSON = "application/json"


async def answered(say: Callable[..., Any]) -> dict[str, Any]:
    """Have an answer with sources and steps; return them as they are stored."""
    turn = await say("/reasoning hm\n/step look up\n/sources 2\n/repeat Yes.")
    await hear(turn.run.pk)
    work: dict[str, Any] | None = (await Message.objects.aget(pk=turn.assistant_message.pk)).work
    assert work
    return work


async def test_sources_and_steps_come_back_with_their_answer(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    work = await answered(say)

    exported = await client.get(f"/chat/api/conversations/{conversation.pk}/export/?format=json")
    imported = await client.post("/chat/api/import/", exported.content, content_type=JSON)

    assert imported.status_code == 201
    answers = Message.objects.filter(role="assistant").values_list("work", flat=True)
    assert [one async for one in answers] == [work, work]


async def test_a_link_shows_them_and_a_copy_of_it_has_them(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    work = await answered(say)
    wish = {"conversation": str(conversation.pk)}
    made = (await client.post("/chat/api/shares/", wish, content_type=JSON)).json()
    # What becomes of the answer later is not in it.
    await conversation.messages.filter(role="assistant").aupdate(work=None)
    path = made["url"].removeprefix("http://testserver")
    reader = AsyncClient()

    page = (await reader.get(path)).content.decode()
    await reader.aforce_login(await get_user_model().objects.acreate(username="reader"))
    await reader.post(f"{path}copy/", {"click": "a"})

    assert work["sources"][0]["title"] in page
    assert "look up" in page
    copied = await Message.objects.aget(conversation__owner__username="reader", role="assistant")
    assert copied.work == work
