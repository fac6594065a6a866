"""Reads the events of a Chat Completions stream as chunks, and believes nothing that it reads."""

import json
from collections.abc import Sequence
from typing import Any

import jiter

from chat.exceptions import ProviderUnavailable, RunError
from chat.protocol.sse_decoder import ReceivedEvent
from chat.providers.base import (
    Chunk,
    FinishChunk,
    FinishReason,
    ReasoningChunk,
    TextChunk,
    UsageChunk,
)
from chat.providers.openai_errors import error_from_stream

# More tokens than any model can read or write: the server miscounts.
MAX_PLAUSIBLE_TOKENS = 100_000_000
SHORTEST_BODY_BYTES = 32

_FINISH_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
# Not OpenAI's, but what compatible servers put there when they broke off.
_FAILED_REASONS = frozenset({"abort", "error"})


class AnswerReader:
    """Reads one answer: text, then one finish, then at most one usage; raises RunErrors."""

    def __init__(self, *, max_answer_characters: int) -> None:
        self._characters_left = max_answer_characters
        self._has_text = False
        # What ends the answer after the text that was still good.
        self.failure: RunError | None = None
        self._usage: UsageChunk | None = None
        self.is_finished = False
        self.is_done = False

    def read(self, event: ReceivedEvent) -> Sequence[Chunk]:
        """Return what the event adds to the answer."""
        data = event.data
        if len(data) < SHORTEST_BODY_BYTES and data.strip() == b"[DONE]":
            self.is_done = True
            return ()
        body = _decoded(data)
        if error := body.get("error") or (event.name == b"error" and body):
            if not self.is_finished:
                raise error_from_stream(error)
            return ()
        if (usage := body.get("usage")) is not None:
            self._keep_usage(usage)
        choice = _first_choice(body)
        if self.is_finished or choice is None:
            return ()
        delta = choice.get("delta")
        said = self._said(delta) if isinstance(delta, dict) else ()
        reason = choice.get("finish_reason")
        if not reason:
            return said
        if reason in _FAILED_REASONS:
            raise ProviderUnavailable("the provider broke off its answer")
        self.is_finished = True
        return (*said, FinishChunk(reason=_FINISH_REASONS.get(str(reason), "stop")))

    def say(self, text: str) -> TextChunk:
        """Return what more of the text, which is clean, adds to the answer, which has not finished."""
        self._has_text = True
        self._characters_left -= len(text)
        if self._characters_left >= 0:
            return TextChunk(text)
        self.failure = ProviderUnavailable("the answer is longer than the limit")
        return TextChunk(text[: self._characters_left])

    def end(self) -> Sequence[Chunk]:
        """Return the usage, if a plausible one came. Raises ProviderUnavailable for a truncated answer."""
        if not self.is_finished:
            raise ProviderUnavailable("the stream ended without a finish_reason")
        if self._usage is not None and (self._usage.output_tokens or not self._has_text):
            return (self._usage,)
        return ()

    def _said(self, delta: dict[str, Any]) -> Sequence[Chunk]:
        if content := delta.get("content"):
            return self._text(content)
        # DeepSeek's name and vLLM's, and OpenRouter's: OpenAI itself keeps it to itself.
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(thought, str) and (text := clean_text(thought)):
            return (ReasoningChunk(text=text),)
        return self._text(delta.get("refusal"))

    def _text(self, content: object) -> Sequence[Chunk]:
        if not isinstance(content, str) or not (text := clean_text(content)):
            return ()
        return (self.say(text),)

    def _keep_usage(self, usage: object) -> None:
        if not isinstance(usage, dict):
            return
        # Some servers count along in every chunk: only the last count is the answer's.
        counts = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
        if all(type(count) is int and 0 <= count <= MAX_PLAUSIBLE_TOKENS for count in counts):
            self._usage = UsageChunk(
                input_tokens=usage["prompt_tokens"], output_tokens=usage["completion_tokens"]
            )
        else:
            self._usage = None


def clean_text(text: str) -> str:
    """Return the text without NUL and lone surrogates, which PostgreSQL and UTF-8 cannot hold."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode()
    return text


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        body = jiter.from_json(data, cache_mode="keys")
    except ValueError:
        body = _with_lone_surrogates(data)
    if not isinstance(body, dict):
        raise ProviderUnavailable("an event is no JSON object in UTF-8")
    return body


def _with_lone_surrogates(data: bytes) -> object:
    # jiter refuses the escape of half a surrogate pair; servers send it when they cut an emoji in two.
    try:
        decoded: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return decoded


def _first_choice(body: dict[str, Any]) -> dict[str, Any] | None:
    choices = body.get("choices")
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict) and not choice.get("index"):
                return choice
    return None
