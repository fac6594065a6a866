"""A member who uploads files and sends them."""

from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation
from tests.runs.conftest import hear

UPLOADS = "/chat/api/attachments/"


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
