"""Bodies of requests: refused while they arrive, not after.

Django reads a whole body before any view can refuse it, to disk where it is long (300 MB tried), and
waits without end for one that dribbles.
"""

import asyncio
import json
import tempfile
from contextlib import suppress

from chat.asgi.interface import Message, Receive, Scope, Send
from chat.asgi.uploads import bounds_of
from chat.conf import chat_settings
from chat.exceptions import BodyTooLarge, BodyTooSlow, ChatError
from chat.views.api import error_body

# What is taken of a request at most, the answer's reading time included.
MOST_REFUSED_BYTES = 1_000_000
# What the application is given of a large body at once.
PART_BYTES = 64 * 1024
# A client that still sends when it is refused has so long to read why.
READING_SECONDS = 1.0


class Body:
    """The body of one request."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._received_bytes = 0
        # A file of an upload goes to disk; one buffer for all parts, as a list of them would cost forty
        # times as much for a body in single bytes.
        self._kept = tempfile.SpooledTemporaryFile(max_size=chat_settings().MAX_BODY_BYTES)  # noqa: SIM115
        self._left_bytes: int | None = None

    async def arrives(self) -> bool:
        """Read all of it; False if the client left. Raises BodyTooLarge or BodyTooSlow."""
        bounds = bounds_of(self._scope)
        announced = _announced_bytes(self._scope)
        if announced > bounds.most_bytes:
            raise BodyTooLarge(f"{announced} bytes")
        try:
            async with asyncio.timeout(bounds.most_seconds or None):
                while (part := await self._next()) is not None:
                    if self._received_bytes > bounds.most_bytes:
                        raise BodyTooLarge(f"more than {bounds.most_bytes} bytes")
                    self._kept.write(part)
                    if not self._has_more:
                        self._kept.seek(0)
                        self._left_bytes = self._received_bytes
                        return True
        except TimeoutError as error:
            raise BodyTooSlow(f"{self._received_bytes} bytes came") from error
        return False

    async def receive(self) -> Message:
        """Give the application the body that was read, then what else the server has."""
        if self._left_bytes is None:
            return await self._receive()
        part = self._kept.read(PART_BYTES)
        self._left_bytes -= len(part)
        has_more = bool(part) and self._left_bytes > 0
        if not has_more:
            self._left_bytes = None
            self.close()
        return {"type": "http.request", "body": part, "more_body": has_more}

    def close(self) -> None:
        """Let go of what was kept."""
        self._kept.close()

    async def refuse(self, error: ChatError, send: Send) -> None:
        """Answer as the app's API does, and end the connection once that could be read."""
        answer = json.dumps({"error": error_body(error)}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if str(self._scope.get("http_version", "1.1")).startswith("1"):
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": error.http_status, "headers": headers})
        await send({"type": "http.response.body", "body": answer, "more_body": True})
        # A socket that is closed with unread bytes is reset, and the answer may be lost with it.
        with suppress(TimeoutError):
            async with asyncio.timeout(READING_SECONDS):
                while self._received_bytes < MOST_REFUSED_BYTES and await self._next() is not None:
                    if not self._has_more:
                        break
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self) -> bytes | None:
        """Return what arrived; None if the client left."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            return None
        part = bytes(message.get("body", b""))
        self._has_more = bool(message.get("more_body", False))
        self._received_bytes += len(part)
        return part


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
