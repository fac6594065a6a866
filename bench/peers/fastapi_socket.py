"""FastAPI over a WebSocket that sends the text so far with each token, as many tutorials do."""

import os

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


@app.websocket("/ws")
async def chat(websocket: WebSocket) -> None:
    """Answer each question with the growing text."""
    await websocket.accept()
    try:
        while True:
            question = await websocket.receive_json()
            text = ""
            stream = await client.chat.completions.create(
                model="bench", messages=[{"role": "user", "content": question["content"]}], stream=True
            )
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    text += chunk.choices[0].delta.content
                    await websocket.send_json({"type": "stream", "text_so_far": text})
            await websocket.send_json({"type": "done"})
    except WebSocketDisconnect:
        pass
