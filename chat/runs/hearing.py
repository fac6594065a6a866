"""What a provider says becomes events of its run: bounded, cleaned, joined where it comes fast."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from chat.conf import ChatSettings
from chat.exceptions import ProviderUnavailable
from chat.protocol.events import Event, Fact, Sources
from chat.providers.base import (
    Chunk,
    FinishChunk,
    ReasoningChunk,
    SourcesChunk,
    StepChunk,
    TextChunk,
    UsageChunk,
)
from chat.runs.coalescing import Coalescer
from chat.runs.hub import LiveRun
from chat.runs.work import Reasoning, bounded_sources, bounded_step, storable


class Hearing:
    """Hears the chunks of one answer, and publishes what they say; ``note`` is told each event."""

    def __init__(self, live: LiveRun, note: Callable[[Event], None], *, settings: ChatSettings) -> None:
        self._live = live
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._coalescer = Coalescer(self._send, window_seconds=settings.COALESCE_MS / 1000)
        self._reasoning = Reasoning(self._publish, lambda: f"reasoning-{live.last_seq + 1}")
        self._longest = settings.MAX_ANSWER_CHARACTERS
        # Characters, with those that another process has heard.
        self.length = 0
        # When the provider was last heard; none while it is not being asked.
        self.heard_at: float | None = None
        self.first_token_at: float | None = None
        self.counted: UsageChunk | None = None
        self.finish_reason = ""

    def begin(self) -> None:
        """The provider is asked now."""
        self.heard_at = self._loop.time()

    def end(self) -> None:
        """Publish what is held back: nothing more is heard."""
        self.heard_at = None
        self._reasoning.close()
        self._coalescer.flush()

    def hear(self, chunk: Chunk) -> None:
        """Take what the provider says. Raises ProviderUnavailable for more than an answer may hold."""
        self.heard_at = self._loop.time()
        match chunk:
            case TextChunk():
                text = chunk.text
                self.length += len(text)
                if self.length > self._longest:
                    raise ProviderUnavailable("the answer is longer than MAX_ANSWER_CHARACTERS")
                if text:
                    self._reasoning.close()
                    self._coalescer.add(storable(text))
            case UsageChunk():
                self.counted = chunk
            case FinishChunk(reason=reason):
                self.finish_reason = reason
            case ReasoningChunk() | StepChunk() | SourcesChunk():
                self._hear_work(chunk)
            case _:
                assert_never(chunk)

    def _hear_work(self, chunk: ReasoningChunk | StepChunk | SourcesChunk) -> None:
        self._coalescer.flush()
        match chunk:
            case ReasoningChunk(text=text):
                self._reasoning.add(text)
            case StepChunk(step=step):
                self._reasoning.close()
                if bounded := bounded_step(step, self._live.work.steps):
                    self._publish(bounded)
            case SourcesChunk(sources=sources):
                self._publish(Sources(data=bounded_sources(sources)))

    def _send(self, text: str) -> None:
        if self.first_token_at is None:
            self.first_token_at = self._loop.time()
        self._note(self._live.say(text))

    def _publish(self, fact: Fact) -> None:
        self._note(self._live.publish(fact))
