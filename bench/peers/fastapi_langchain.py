"""FastAPI with LangChain's chat model between the view and the vendor's client."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI

app = FastAPI()
model = ChatOpenAI(
    model="bench",
    base_url=os.environ["OPENAI_BASE_URL"],
    api_key=os.environ["OPENAI_API_KEY"],
    streaming=True,
)


@app.post("/chat")
async def chat(body: dict[str, Any]) -> StreamingResponse:
    """Stream an answer as Server-Sent Events."""

    async def events() -> AsyncIterator[str]:
        async for chunk in model.astream([HumanMessage(content=body["content"])]):
            if chunk.content:
                yield f"data: {json.dumps({'content': chunk.content})}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
