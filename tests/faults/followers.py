"""Followers of a run that write down all they hear: over Server-Sent Events and over a WebSocket."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from chat.protocol.codec import read_event
from chat.protocol.events import Event
from chat.protocol.fold import Held, fold
from chat.protocol.sse_decoder import SseDecoder
from tests.faults.browser import CONNECT_SECONDS, FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS, Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event as it arrived; the time is ``time.monotonic()``, which processes share."""

    at: float
    connection: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a connection ended."""

    at: float
    connection: int
    reason: str


class Follower(ABC):
    """Follows one run to its terminal event, over as many connections as that takes."""

    def __init__(
        self,
        browser: Browser,
        ports: Sequence[int],
        conversation_id: str,
        run_id: str,
        *,
        hops_after: int = 0,
    ) -> None:
        self.history: list[Heard] = []
        self.closings: list[Closing] = []
        self.held = Held()
        self._known = 0
        self._browser = browser
        self._conversation_id = conversation_id
        self._run_id = run_id
        self._ports = ports
        self._hops_after = hops_after
        self.connections = 0

    async def follow(self) -> None:
        """Return when the terminal event was heard."""
        pause = FIRST_PAUSE_SECONDS
        while self.held.end is None:
            port = self._ports[self.connections % len(self._ports)]
            self.connections += 1
            count = self._known = len(self.history)
            reason = await self._hear(port)
            self.closings.append(Closing(at=time.monotonic(), connection=self.connections, reason=reason))
            if self.held.end is None:
                pause = FIRST_PAUSE_SECONDS if len(self.history) > count else pause
                await asyncio.sleep(0 if reason == "left" else pause)
                pause = min(pause * 2, MOST_PAUSE_SECONDS)

    @property
    def longest_silence_seconds(self) -> float:
        """The longest time between two events, that before the end left out: it waits for the database."""
        live = [heard for heard in self.history if not heard.event.is_terminal]
        return max(later.at - earlier.at for earlier, later in pairwise(live))

    @abstractmethod
    async def _hear(self, port: int) -> str:
        """Listen over one connection; return why it ended."""

    @property
    def _hops(self) -> bool:
        """True if it has heard as much over this connection as it wants to."""
        return bool(self._hops_after) and len(self.history) - self._known >= self._hops_after

    def _note(self, event: Event) -> None:
        self.history.append(Heard(at=time.monotonic(), connection=self.connections, event=event))
        self.held = fold(self.held, event)


class SseFollower(Follower):
    """As the page follows: ``Last-Event-ID`` says what it has."""

    def _address(self, port: int) -> str:
        return f"http://127.0.0.1:{port}/chat/api/runs/{self._run_id}/events/"

    def _name(self, seq: int) -> str:
        """Return how the last event is called when the follower comes back."""
        return str(seq)

    def _take(self, last_id: str, data: bytes) -> None:
        self._note(read_event(int(last_id), data))

    async def _hear(self, port: int) -> str:
        address = self._address(port)
        headers = {"Accept": "text/event-stream"}
        if self.held.last_seq:
            headers["Last-Event-ID"] = self._name(self.held.last_seq)
        decoder = SseDecoder(max_event_bytes=4 * 1024 * 1024)
        try:
            async with self._browser.client.stream("GET", address, headers=headers) as response:
                if response.status_code != 200:
                    assert response.status_code in (429, 503), f"{response.status_code} for a live follower"
                    return f"status {response.status_code}"
                async for part in response.aiter_raw():
                    for received in decoder.feed(part):
                        self._take(received.last_id.decode(), received.data)
                    if self._hops or self.held.end is not None:
                        return "left"
        except httpx2.TransportError as error:
            return type(error).__name__
        return "end of the stream"


class FeedFollower(SseFollower):
    """As a tab hears a run: over its feed, beside what changes."""

    def _address(self, port: int) -> str:
        return f"http://127.0.0.1:{port}/chat/api/feed/?conversation={self._conversation_id}"

    def _name(self, seq: int) -> str:
        return f"{self._run_id}:{seq}"

    def _take(self, last_id: str, data: bytes) -> None:
        run_id, _, seq = last_id.partition(":")
        # What has no number of its own is a notice; the decoder still remembers the id before it.
        if not data.startswith((b'{"type":"ready"', b'{"type":"conversation"', b'{"type":"removed"')):
            assert run_id == self._run_id
            super()._take(seq, data)


class SocketFollower(Follower):
    """As a client over WebSocket follows: a frame asks for what comes after a position."""

    async def _hear(self, port: int) -> str:
        address = f"ws://127.0.0.1:{port}/ws/chat/{self._conversation_id}/"
        cookies = {"Cookie": self._browser.client.headers["Cookie"]}
        origin = f"http://127.0.0.1:{port}"
        try:
            async with connect(
                address,
                additional_headers={**cookies, "Origin": origin},
                open_timeout=CONNECT_SECONDS,
                close_timeout=CONNECT_SECONDS,
            ) as connection:
                asked = {"type": "follow", "run": self._run_id, "after": self.held.last_seq}
                await connection.send(json.dumps(asked))
                async for text in connection:
                    if not self._takes(str(text)):
                        return "refused"
                    if self.held.end is not None or self._hops:
                        return "left"
        except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
            return type(error).__name__
        return "end of the socket"

    def _takes(self, text: str) -> bool:
        """Take a frame; False if it says that it is not told the run now."""
        # Frames of a run begin so; the rest is the event's own JSON.
        head = f'{{"run":"{self._run_id}","seq":'
        if text.startswith(head):
            seq, _, fields = text.removeprefix(head).partition(",")
            self._note(read_event(int(seq), b"{" + fields.encode()))
            return True
        kind = json.loads(text)["type"]
        assert kind in ("keep-alive", "refused"), text
        return bool(kind == "keep-alive")
