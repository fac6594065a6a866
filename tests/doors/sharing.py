"""A member with something said, links to it, and whoever reads them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.models import Conversation
from tests.runs.conftest import hear

JSON = "application/json"
SHARES = "/chat/api/shares/"


@pytest.fixture
async def reader() -> Any:
    return await get_user_model().objects.acreate(username="reader")


@pytest.fixture
def visitor() -> AsyncClient:
    return AsyncClient()


@pytest.fixture
async def said(say: Callable[..., Any]) -> Conversation:
    """A conversation with a question and its answer."""
    turn = await say("/repeat **bold** <script>alert(1)</script>")
    await hear(turn.run.pk)
    return await Conversation.objects.aget(pk=turn.run.conversation_id)


async def share(client: AsyncClient, conversation: Conversation, **wishes: Any) -> dict[str, Any]:
    body = {"conversation": str(conversation.pk), **wishes}
    response = await client.post(SHARES, body, content_type=JSON)
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


async def page_of(client: AsyncClient, url: str) -> Any:
    return await client.get(url.removeprefix("http://testserver"))
