"""The scripted model as a process of its own, and what it knows of the questions that it was asked."""

import asyncio
import json
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from bench.processes import Server
from bench.upstream_story import story_text

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An answer known beforehand; its tag is in every word, and no other answer has it."""

    tag: str
    count: int
    rate: float

    @property
    def script(self) -> str:
        """What makes the model tell it."""
        return f"story tag={self.tag} count={self.count} rate={self.rate:g}"

    @property
    def text(self) -> str:
        """The whole of it."""
        return story_text(self.tag, self.count)


def new_story(*, words: int, rate: float) -> Story:
    """Return a story that nobody else tells."""
    return Story(tag=f"s{next(_numbers)}", count=words, rate=rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the model's side saw it."""

    # The beginning of the answer that it was asked to go on with.
    given: str
    tokens_sent: int
    is_complete: bool
    closed_at: float | None

    @property
    def is_open(self) -> bool:
        """True while the model is still being listened to."""
        return not self.is_complete and self.closed_at is None


class ScriptedModel:
    """The process and its log."""

    def __init__(self, server: Server) -> None:
        self.base_url = f"http://127.0.0.1:{server.port}/v1"
        self._log_url = f"http://127.0.0.1:{server.port}/_log"

    async def calls(self, script: str) -> Sequence[Call]:
        """Return the requests for this script, oldest first."""
        return [_call_of(record) for record in await asyncio.to_thread(self._read_log, script)]

    def _read_log(self, script: str) -> list[dict[str, Any]]:
        address = f"{self._log_url}?{urllib.parse.urlencode({'script': script})}"
        with urllib.request.urlopen(address, timeout=10) as response:
            found: list[dict[str, Any]] = json.load(response)
        return found


def _call_of(record: dict[str, Any]) -> Call:
    messages = record["body"]["messages"]
    goes_on = len(messages) > 1 and messages[-2]["role"] == "assistant"
    return Call(
        given=messages[-2]["content"] if goes_on else "",
        tokens_sent=record["tokens_sent"],
        is_complete=record["is_complete"],
        closed_at=record["closed_at"],
    )
