"""A browser's manners: asks again, elsewhere if need be, and once for each click."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import httpx2

from bench.member import Member

FIRST_PAUSE_SECONDS = 0.05
MOST_PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer as the site shows it to who reloads the page."""

    status: str
    content: str


class Browser:
    """One signed-in member's requests; a worker that does not answer is left for the next one."""

    def __init__(self, member: Member, ports: Sequence[int], *, patience_seconds: float = 10.0) -> None:
        timeout = httpx2.Timeout(patience_seconds, connect=CONNECT_SECONDS)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        # Nothing here is encrypted, and reading the machine's certificates takes longer than a request.
        self.client = httpx2.AsyncClient(
            headers=dict(member.headers), timeout=timeout, limits=limits, verify=False
        )
        # What was answered instead of what was asked for.
        self.refusals: list[int] = []
        self._ports = ports

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def new_conversation(self) -> str:
        """Make a conversation and return its id."""
        return str((await self._ask("POST", "/chat/api/conversations/", {}))["id"])

    async def post_turn(
        self, conversation_id: str, content: str, *, click: str = "", ports: Sequence[int] = ()
    ) -> str:
        """Say something, as one click however often it is sent, and return the run's id."""
        path = f"/chat/api/conversations/{conversation_id}/messages/"
        turn = {"content": content, "client_message_id": click or uuid4().hex}
        return str((await self._ask("POST", path, turn, ports=ports))["run"]["id"])

    async def cancel(self, run_id: str, *, ports: Sequence[int]) -> None:
        """Press Stop, at the first of these workers that answers."""
        await self._ask("POST", f"/chat/api/runs/{run_id}/cancel/", {}, ports=ports)

    async def stored_answer(self, conversation_id: str) -> StoredAnswer:
        """Return the latest answer of a conversation."""
        page = await self._ask("GET", f"/chat/api/conversations/{conversation_id}/messages/")
        latest = page["results"][0]
        return StoredAnswer(status=latest["status"], content=latest["content"])

    async def _ask(
        self, method: str, path: str, body: object = None, *, ports: Sequence[int] = ()
    ) -> dict[str, Any]:
        ports = ports or self._ports
        pause = FIRST_PAUSE_SECONDS
        attempt = 0
        while True:
            port = ports[attempt % len(ports)]
            try:
                answer = await self.client.request(method, f"http://127.0.0.1:{port}{path}", json=body)
            except httpx2.TransportError:
                pass
            else:
                if answer.status_code < 400:
                    return cast("dict[str, Any]", answer.json())
                self.refusals.append(answer.status_code)
                assert answer.status_code in (429, 503), f"{answer.status_code}: {answer.text[:500]}"
            attempt += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, MOST_PAUSE_SECONDS)
