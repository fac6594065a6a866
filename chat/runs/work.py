"""What is told of an answer besides its text: bounded, storable, and reasoning in pieces."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from chat.protocol.events import Source, Step

MOST_STEPS = 500
MOST_SOURCES = 50
LONGEST_DETAIL = 4_000
LONGEST_NAME = 200
LONGEST_ADDRESS = 2_000
# What a model says to itself beyond this is not kept.
LONGEST_REASONING = 60_000
# A piece of reasoning each so often; later ones grow by a hundredth of the whole, so that there are few.
PIECE_SECONDS = 0.4
PIECE_SHARE = 1 / 100


class Reasoning:
    """Tells what a model says to itself as steps that each add a piece: nothing is told twice."""

    def __init__(self, publish: Callable[[Step], object], next_id: Callable[[], str]) -> None:
        self._publish = publish
        self._next_id = next_id
        self._clock = asyncio.get_running_loop().time
        self._pending: list[str] = []
        self._pending_length = 0
        self._length = 0
        # Since when the model has been thinking on; none while it is not.
        self._since: float | None = None

    def add(self, text: str) -> None:
        """Take more of it."""
        now = self._clock()
        if self._since is None:
            self._since = now
        text = text[: LONGEST_REASONING - self._length]
        self._length += len(text)
        self._pending_length += len(text)
        self._pending.append(text)
        if now - self._since >= PIECE_SECONDS and self._pending_length >= self._length * PIECE_SHARE:
            self._tell(now)
            self._since = now

    def close(self) -> None:
        """Tell the rest: the model does something else now."""
        if self._since is not None:
            self._tell(self._clock())
            self._since = None

    def _tell(self, now: float) -> None:
        text = "".join(self._pending)
        self._pending.clear()
        self._pending_length = 0
        took_ms = int((now - (self._since or now)) * 1000)
        self._publish(
            Step(
                id=self._next_id(),
                kind="reasoning",
                name="",
                status="done",
                detail=storable(text),
                duration_ms=took_ms,
            )
        )


def bounded_step(step: Step, known: Sequence[Step]) -> Step | None:
    """Return the step as it may be told and stored; none if there are too many."""
    if len(known) >= MOST_STEPS and all(one.id != step.id for one in known):
        return None
    return replace(
        step,
        id=storable(step.id[:LONGEST_NAME]),
        name=storable(step.name[:LONGEST_NAME]),
        detail=storable(step.detail[:LONGEST_DETAIL]),
    )


def bounded_sources(sources: Sequence[Source]) -> Sequence[Source]:
    """Return the sources as they may be told and stored."""
    return [
        replace(
            source,
            id=storable(source.id[:LONGEST_NAME]),
            title=storable(source.title[:LONGEST_NAME]),
            url=storable(source.url[:LONGEST_ADDRESS]),
            content=storable(source.content[:LONGEST_DETAIL]),
        )
        for source in sources[:MOST_SOURCES]
    ]


def storable(text: str) -> str:
    """Return the text without what no database takes: PostgreSQL refuses NUL, both refuse lone surrogates."""
    # What is printable has neither; line ends are not.
    if text.isprintable() or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "")
