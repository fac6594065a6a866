"""A tab that listens to its feed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from django.http import StreamingHttpResponse
from django.test import AsyncClient
from django.urls import reverse

from chat.protocol.sse_decoder import SseDecoder
from tests.waiting import PATIENCE_SECONDS


class Tab:
    """What came over one feed: notices and events in the order of their arrival."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._decoder = SseDecoder(max_event_bytes=1_000_000)
        self._waiting: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []

    async def hear(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Listen until something of the kind comes, and return it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                while self._waiting:
                    told = self._waiting.pop(0)
                    self.heard.append(told)
                    if is_wanted(told):
                        return told
                self._read(await anext(self._parts))

    async def hear_type(self, kind: str, **fields: object) -> dict[str, Any]:
        """Listen until a notice or event of this type, with these fields, comes."""
        return await self.hear(lambda told: told["type"] == kind and fields.items() <= told.items())

    async def hear_title(self, title: str) -> dict[str, Any]:
        """Listen until a conversation has this title."""
        return await self.hear(
            lambda told: told.get("conversation", {}) and title == told["conversation"]["title"]
        )

    def answer(self, run_id: object) -> str:
        """Return what a page would show of a run."""
        text = ""
        for told in self.heard:
            if told.get("run_id") == str(run_id):
                text = {"token": text + told.get("content", ""), "snapshot": told.get("content", "")}.get(
                    told["type"], text
                )
        return text

    async def close(self) -> None:
        """Close the tab."""
        await cast("Any", self._parts).aclose()

    def _read(self, part: bytes) -> None:
        for event in self._decoder.feed(part):
            told = json.loads(event.data)
            if told["type"] in ("ready", "conversation", "removed"):
                self._waiting.append(told)
            else:
                run, _, seq = event.last_id.decode().partition(":")
                self._waiting.append({**told, "run_id": run, "seq": int(seq)})


@asynccontextmanager
async def open_tab(client: AsyncClient, **query: object) -> AsyncIterator[Tab]:
    """Open a tab and hear that it is ready."""
    response = await client.get(reverse("chat:feed"), {name: str(value) for name, value in query.items()})
    assert response.status_code == 200, response.content
    tab = Tab(cast("AsyncIterator[bytes]", cast("StreamingHttpResponse", response).streaming_content))
    try:
        await tab.hear_type("ready")
        yield tab
    finally:
        await tab.close()
