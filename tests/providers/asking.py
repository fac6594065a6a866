"""How tests ask a provider, and what they then have."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bench.upstream_answers import RequestRecord
from chat.exceptions import RunError
from chat.providers.base import (
    Chunk,
    FinishChunk,
    Prompt,
    PromptMessage,
    Provider,
    PushedChunks,
    TextChunk,
    UsageChunk,
)
from tests.waiting import PATIENCE_SECONDS

# A close or a cancellation is heard well within this, long before a silence would end.
PROMPTLY_SECONDS = 2.0


@dataclass(kw_only=True)
class Heard:
    """An answer as it was heard, and the error that ended it."""

    chunks: list[Chunk] = field(default_factory=list)
    error: RunError | None = None

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks if isinstance(chunk, TextChunk))

    @property
    def finishes(self) -> list[str]:
        return [chunk.reason for chunk in self.chunks if isinstance(chunk, FinishChunk)]

    @property
    def usages(self) -> list[UsageChunk]:
        return [chunk for chunk in self.chunks if isinstance(chunk, UsageChunk)]


def prompt_of(text: str, *, max_output_tokens: int = 100_000, **parameters: float | str) -> Prompt:
    """Return a prompt whose last user message is the text."""
    messages = [
        PromptMessage(role="system", content="You are brief."),
        PromptMessage(role="user", content=text),
    ]
    return Prompt(
        messages=messages,
        max_output_tokens=max_output_tokens,
        parameters=parameters,
        trace_id="trace-of-the-test",
        traceparent="place-in-a-trace",
    )


def opened(provider: Provider, prompt: Prompt) -> aclosing[AsyncGenerator[Chunk]]:
    """Return the answer's chunks as a context that closes them."""
    return aclosing(provider.stream(prompt))


async def ask(provider: Provider, text: str) -> Heard:
    """Hear an answer to its end, or to its error, as runs do: pushed where the adapter can do so."""
    heard = Heard()
    async with asyncio.timeout(PATIENCE_SECONDS), opened(provider, prompt_of(text)) as chunks:
        try:
            if isinstance(chunks, PushedChunks):
                await chunks.push(heard.chunks.append)
            async for chunk in chunks:
                heard.chunks.append(chunk)
        except RunError as error:
            heard.error = error
    return heard


async def seconds_until_closed(record: RequestRecord, since: float) -> float:
    """Wait until the server has seen the connection's end; return when that was, after ``since``."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await record.ended.wait()
    assert record.closed_at is not None, "the answer ended by itself"
    return record.closed_at - since
