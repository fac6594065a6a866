"""One member speaking through each door in the same words."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from chat.models import Conversation
from chat.protocol.sse_decoder import SseDecoder
from chat.routing import websocket_urlpatterns
from tests.waiting import PATIENCE_SECONDS

ORIGIN = b"http://testserver"


class PatientCommunicator(WebsocketCommunicator):  # type: ignore[misc]
    """Waits as long as all tests do: a second, the time by default, passes on a busy machine."""

    async def receive_output(self, timeout: float = PATIENCE_SECONDS) -> Any:  # noqa: ASYNC109
        """Return the next message of the application."""
        return await super().receive_output(PATIENCE_SECONDS)

    async def wait(self, timeout: float = PATIENCE_SECONDS) -> None:  # noqa: ASYNC109
        """Return when the application has ended."""
        await super().wait(PATIENCE_SECONDS)


class Refused(Exception):
    """What a door answers to what it does not do."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["code"])
        self.error = error
        self.code = error["code"]


class Door(ABC):
    """What a member can do through a door."""

    @abstractmethod
    async def send(self, content: object, client_message_id: object = "click", **more: object) -> str:
        """Begin a turn and return its run's id. Raises Refused."""

    @abstractmethod
    def follow(self, run_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Yield the run's events."""

    @abstractmethod
    async def cancel(self, run_id: str) -> None:
        """Stop the run. Raises Refused."""

    @abstractmethod
    async def regenerate(self, message_id: str, **more: object) -> str:
        """Have a question answered again and return the run's id. Raises Refused."""

    @abstractmethod
    async def go_on(self, message_id: str) -> str:
        """Have an answer that was cut go on and return the run's id. Raises Refused."""


class SseDoor(Door):
    """JSON and Server-Sent Events."""

    def __init__(self, client: AsyncClient, conversation_id: object) -> None:
        self._client = client
        self._conversation_id = conversation_id

    async def send(self, content: object, client_message_id: object = "click", **more: object) -> str:
        body = {"content": content, "client_message_id": client_message_id, **more}
        path = f"/chat/api/conversations/{self._conversation_id}/messages/"
        return str((await self._post(path, body))["run"]["id"])

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        headers = {"accept": "text/event-stream", "last-event-id": str(after)}
        response = await self._client.get(f"/chat/api/runs/{run_id}/events/", headers=headers)
        if response.status_code != 200:
            raise Refused(response.json()["error"])
        decoder = SseDecoder(max_event_bytes=1_000_000)
        parts = cast("StreamingHttpResponse", response).streaming_content
        async for part in cast("AsyncIterator[bytes]", parts):
            for event in decoder.feed(part):
                yield {"seq": int(event.last_id), **json.loads(event.data)}

    async def cancel(self, run_id: str) -> None:
        await self._post(f"/chat/api/runs/{run_id}/cancel/", {})

    async def regenerate(self, message_id: str, **more: object) -> str:
        return str((await self._post(f"/chat/api/messages/{message_id}/regenerate/", more))["run"]["id"])

    async def go_on(self, message_id: str) -> str:
        return str((await self._post(f"/chat/api/messages/{message_id}/continue/", {}))["run"]["id"])

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(path, body, content_type="application/json")
        answer = response.json()
        if response.status_code >= 400:
            raise Refused(answer["error"])
        return cast("dict[str, Any]", answer)


class SocketDoor(Door):
    """The WebSocket."""

    def __init__(self, communicator: PatientCommunicator) -> None:
        self._communicator = communicator
        self._kept: list[dict[str, Any]] = []

    async def send(self, content: object, client_message_id: object = "click", **more: object) -> str:
        await self._say(type="send", content=content, client_message_id=client_message_id, **more)
        return str((await self._answer("accepted"))["run"])

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        await self._say(type="follow", run=run_id, after=after)
        heard = after
        while True:
            frame = await self._next()
            if frame["type"] == "refused":
                raise Refused(frame)
            if frame.get("run") != run_id or "seq" not in frame or frame["seq"] <= heard:
                continue
            heard = frame["seq"]
            yield {name: value for name, value in frame.items() if name != "run" or frame["type"] == "start"}
            if frame["type"] in ("done", "error"):
                return

    async def cancel(self, run_id: str) -> None:
        await self._say(type="cancel", run=run_id)
        # Nothing answers a cancel that is heard; a refusal comes before the answer to the next frame.
        await self._say(type="nothing")
        refused = await self._answer("refused")
        if "type" not in refused.get("fields", {}):
            await self._answer("refused")
            raise Refused(refused)

    async def regenerate(self, message_id: str, **more: object) -> str:
        await self._say(type="regenerate", message=message_id, **more)
        return str((await self._answer("accepted"))["run"])

    async def go_on(self, message_id: str) -> str:
        await self._say(type="continue", message=message_id)
        return str((await self._answer("accepted"))["run"])

    async def _say(self, **frame: object) -> None:
        await self._communicator.send_to(text_data=json.dumps(frame))

    async def _answer(self, kind: str) -> dict[str, Any]:
        while True:
            frame = await self._receive()
            if frame["type"] == kind:
                return frame
            if frame["type"] == "refused":
                raise Refused(frame)
            self._kept.append(frame)

    async def _next(self) -> dict[str, Any]:
        return self._kept.pop(0) if self._kept else await self._receive()

    async def _receive(self) -> dict[str, Any]:
        while True:
            frame = json.loads(await self._communicator.receive_from())
            if frame["type"] != "keep-alive":
                return cast("dict[str, Any]", frame)


@asynccontextmanager
async def opened(kind: str, user: Any, conversation: Conversation) -> AsyncIterator[Door]:
    """Open a door for the member."""
    if kind == "sse":
        client = AsyncClient()
        await client.aforce_login(user)
        yield SseDoor(client, conversation.pk)
        return
    communicator = socket(conversation.pk, user)
    connected, _ = await communicator.connect()
    assert connected
    yield SocketDoor(communicator)
    await communicator.disconnect()


def socket(
    conversation_id: object, user: Any, *, origin: bytes | None = ORIGIN, traceparent: bytes = b""
) -> PatientCommunicator:
    """Return a socket that is not connected yet."""
    headers = [(b"host", b"testserver"), (b"traceparent", traceparent)]
    if origin is not None:
        headers.append((b"origin", origin))
    communicator = PatientCommunicator(
        URLRouter(websocket_urlpatterns), f"/ws/chat/{conversation_id}/", headers=headers
    )
    communicator.scope["user"] = user
    return communicator


async def all_of(events: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Follow to the end."""
    async with asyncio.timeout(PATIENCE_SECONDS * 2):
        return [event async for event in events]
