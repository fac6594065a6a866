"""The facts that a run's event log can hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The run began; the first event of every run."""

    type: ClassVar[str] = "start"

    run: str
    message: str
    conversation: str
    trace_id: str
    model: str
    assistant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage that retrieval gave the model."""

    id: str
    title: str
    url: str
    content: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Retrieval found passages; comes before the first token."""

    type: ClassVar[str] = "sources"

    data: Sequence[Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Progress of work that is not answer text; the same ``id`` updates an earlier step.

    Reasoning comes in pieces: steps of that kind, one after the other, whose details make up the text.
    """

    type: ClassVar[str] = "step"

    id: str
    kind: Literal["tool", "retrieval", "agent", "reasoning"]
    name: str
    status: Literal["running", "done", "failed"]
    detail: str = ""
    # How long it took; none while it runs, or where nobody measured.
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """More answer text: a delta of one or more tokens."""

    type: ClassVar[str] = "token"

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Replaces all that a follower has; sent only to one who cannot continue."""

    type: ClassVar[str] = "snapshot"

    content: str
    sources: Sequence[Source] = ()
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The conversation got its title."""

    type: ClassVar[str] = "title"

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """What an answer used, in tokens; ``cost`` is a decimal number as text, or none if no price is known."""

    input_tokens: int
    output_tokens: int
    accuracy: Literal["exact", "estimated"]
    cost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Terminal: the run completed, or was cancelled by its member."""

    type: ClassVar[str] = "done"

    status: Literal["completed", "cancelled"]
    finish_reason: str
    usage: TokenUsage | None
    ttft_ms: int | None
    duration_ms: int
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """Terminal: the run failed or was interrupted; the text so far is kept."""

    type: ClassVar[str] = "error"

    code: str
    message: str
    retryable: bool
    trace_id: str


Fact = Start | Sources | Step | Token | Snapshot | Title | Done | Error
TERMINAL_TYPES = frozenset({Done.type, Error.type})


class Event(NamedTuple):
    """One fact in a run's log, encoded once: ``data`` serves the log and every follower.

    ``seq`` counts from 1. ``data`` is the fact's JSON object, on one line, in UTF-8. A tuple, because each
    token makes one.
    """

    seq: int
    type: str
    data: bytes

    @property
    def is_terminal(self) -> bool:
        """True for the last event that a run can have."""
        return self.type in TERMINAL_TYPES
