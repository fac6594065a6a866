"""A Channels consumer on uvicorn that asks the model while it receives, as Channels' examples do."""

import os
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path
from openai import AsyncOpenAI

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="for-a-measurement", MIDDLEWARE=[])
http = get_asgi_application()
client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


class ChatConsumer(AsyncJsonWebsocketConsumer):
    """One frame in, one frame per token out."""

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        """Answer a question."""
        stream = await client.chat.completions.create(
            model="bench", messages=[{"role": "user", "content": content["content"]}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                await self.send_json({"type": "token", "content": chunk.choices[0].delta.content})
        await self.send_json({"type": "done"})


application = ProtocolTypeRouter({"http": http, "websocket": URLRouter([path("ws", ChatConsumer.as_asgi())])})
