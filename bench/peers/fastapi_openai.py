"""The usual minimal view: FastAPI and the vendor's client, without login, storage or resume."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


@app.post("/chat")
async def chat(body: dict[str, Any]) -> StreamingResponse:
    """Stream an answer as Server-Sent Events."""

    async def events() -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model="bench", messages=[{"role": "user", "content": body["content"]}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'content': chunk.choices[0].delta.content})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
