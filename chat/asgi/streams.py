"""Streams that outlive their requests: see chat/outliving.py."""

import asyncio
import contextvars
from contextlib import aclosing

from chat.asgi.interface import Message, Receive, Scope, Send
from chat.outliving import EXTENSION, Parts


class OutlivingStream:
    """The answer to one request: what the application sends, then the parts that it handed over."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._parts: Parts | None = None
        self._context: contextvars.Context | None = None
        scope["extensions"] = {**(scope.get("extensions") or {}), EXTENSION: self._take_over}

    async def send(self, message: Message) -> None:
        """Send what the application sends, but for the end of a response that was taken over."""
        is_end = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not (is_end and self._parts is not None):
            await self._send(message)

    async def go_on(self) -> None:
        """Send what was handed over, until it ends or the client leaves."""
        if self._parts is None:
            return
        telling = asyncio.get_running_loop().create_task(self._tell(self._parts), context=self._context)
        leaving = asyncio.create_task(self._left())
        tasks = (telling, leaving)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    def _take_over(self, parts: Parts) -> None:
        self._parts = parts
        self._context = contextvars.copy_context()

    async def _tell(self, parts: Parts) -> None:
        async with aclosing(parts):
            async for part in parts:
                await self._send({"type": "http.response.body", "body": part, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
