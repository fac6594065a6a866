"""What the app tells about its runs and to whom: the port that metrics and traces fill.

Nothing here is called for a token, an event or a batch. With no observers in the settings all of it is
one loop over nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from chat.conf import chat_settings

logger = logging.getLogger("chat.telemetry")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """A run that a process has claimed. ``attempt`` is above 1 if another process had begun it."""

    run_id: UUID
    conversation_id: UUID
    trace_id: str
    # The place in a trace that the request named, or nothing.
    traceparent: str
    model: str
    assistant: str
    # Who answers, by the name that the GenAI conventions have for them.
    vendor: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTexts:
    """What was said, as (role, text) pairs; observers get it only where the settings say so."""

    asked: Sequence[tuple[str, str]]
    answered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended, after the database agreed."""

    status: str
    error_code: str = ""
    finish_reason: str = ""
    ttft_ms: int | None = None
    duration_ms: int = 0
    # From the first token to the last; none where this process has not heard both.
    answering_seconds: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_dollars: float | None = None
    reconnects: int = 0
    texts: RunTexts | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a process holds at this moment."""

    active_runs: int
    followers: Mapping[str, int]
    hub_bytes: int
    # Events that the log does not have for certain, and how old the oldest of them may be.
    journal_bytes: int
    log_delay_seconds: float


class Observer:
    """Hears what happens to runs; every method does nothing by default.

    All are called in the event loop, so they must not wait. What one raises is logged, and harms no run.
    """

    def current_traceparent(self) -> str | None:
        """Return the place in a trace of the request that is being answered, if the observer knows it."""
        return None

    def run_started(self, run: RunStart) -> str | None:
        """Hear of a claim; return the ``traceparent`` for the provider's request, if there is one."""
        return None

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        """Hear of the end; ``run_started`` was another process's where that one died."""

    def run_left(self, run: RunStart, *, why: str) -> None:
        """Hear that this process goes on no more with a run that has not ended."""

    def run_taken_over(self, *, is_continued: bool) -> None:
        """Hear that this process took a run from a dead one, to continue it or to end it."""

    def follower_returned(self, door: str) -> None:
        """Hear of a follower who came back from a lost connection."""

    def snapshot_sent(self) -> None:
        """Hear that a follower could not continue and got the whole text."""

    async def watch(self, vitals: Callable[[], Vitals]) -> None:
        """Look after the process for as long as it lives."""


class Observers(Observer):
    """All observers of the settings as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def current_traceparent(self) -> str | None:
        """Return the first answer."""
        return self._ask(lambda one: one.current_traceparent())

    def run_started(self, run: RunStart) -> str | None:
        """Tell all, return the first answer."""
        return self._ask(lambda one: one.run_started(run))

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        """Tell all."""
        self._ask(lambda one: one.run_ended(run, end))

    def run_left(self, run: RunStart, *, why: str) -> None:
        """Tell all."""
        self._ask(lambda one: one.run_left(run, why=why))

    def run_taken_over(self, *, is_continued: bool) -> None:
        """Tell all."""
        self._ask(lambda one: one.run_taken_over(is_continued=is_continued))

    def follower_returned(self, door: str) -> None:
        """Tell all."""
        self._ask(lambda one: one.follower_returned(door))

    def snapshot_sent(self) -> None:
        """Tell all."""
        self._ask(lambda one: one.snapshot_sent())

    async def watch(self, vitals: Callable[[], Vitals]) -> None:
        """Let all watch; one that breaks is logged, and the others go on."""
        watching = (self._watch(one, vitals) for one in self._observers)
        await asyncio.gather(*watching)

    def _ask(self, question: Callable[[Observer], str | None]) -> str | None:
        answers: list[str | None] = []
        for one in self._observers:
            try:
                answers.append(question(one))
            except Exception:
                logger.exception("%s failed", type(one).__name__)
        return next((answer for answer in answers if answer is not None), None)

    async def _watch(self, one: Observer, vitals: Callable[[], Vitals]) -> None:
        try:
            await one.watch(vitals)
        except Exception:
            logger.exception("%s watches no more", type(one).__name__)


@cache
def telemetry() -> Observers:
    """Return the observers of this process. Raises ImportError for one that is not there."""
    return Observers([import_string(path)() for path in chat_settings().OBSERVERS])


@receiver(setting_changed)
def _forget_observers(*, setting: str, **_kwargs: object) -> None:
    if setting == "CHAT":
        telemetry.cache_clear()
