"""FastAPI over a synchronous generator: each token passes through the thread pool."""

import json
import os
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import OpenAI

app = FastAPI()
client = OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


@app.post("/chat")
def chat(body: dict[str, Any]) -> StreamingResponse:
    """Stream an answer as Server-Sent Events."""

    def events() -> Iterator[str]:
        stream = client.chat.completions.create(
            model="bench", messages=[{"role": "user", "content": body["content"]}], stream=True
        )
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield f"data: {json.dumps({'content': chunk.choices[0].delta.content})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
