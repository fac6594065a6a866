"""Minimal Django on uvicorn: one async view and the vendor's client, without login, storage or resume."""

import json
import os
from collections.abc import AsyncIterator

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from openai import AsyncOpenAI

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="for-a-measurement", ROOT_URLCONF=__name__, MIDDLEWARE=[]
)
client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


async def chat(request: HttpRequest) -> StreamingHttpResponse:
    """Stream an answer as Server-Sent Events."""
    question = json.loads(request.body)["content"]

    async def events() -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model="bench", messages=[{"role": "user", "content": question}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'content': chunk.choices[0].delta.content})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingHttpResponse(events(), content_type="text/event-stream")


urlpatterns = [path("chat", chat)]
application = get_asgi_application()
