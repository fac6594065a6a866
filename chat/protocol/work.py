"""What an answer was made from: the sources it was given and the steps that led to it, as they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chat.protocol.codec import sources_from, steps_from
from chat.protocol.events import Source, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The sources and steps of one answer; most have neither."""

    sources: Sequence[Source] = ()
    steps: Sequence[Step] = ()


def encode_work(work: Work) -> dict[str, Any] | None:
    """Return the work as JSON can hold it, nothing if there was none."""
    if not work.sources and not work.steps:
        return None
    return {
        "sources": [asdict(source) for source in work.sources],
        "steps": [asdict(step) for step in joined(work.steps)],
    }


def decode_work(stored: Mapping[str, Any] | None) -> Work:
    """Return the work that was stored."""
    if not stored:
        return Work()
    return Work(
        sources=sources_from(stored.get("sources") or ()), steps=steps_from(stored.get("steps") or ())
    )


def inherited(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return stored work for an answer that goes on from it: what that one does has ids of its own.

    Providers number their steps in each answer anew; the same id would change an earlier step.
    """
    work = decode_work(stored)
    steps = [replace(step, id=f"earlier-{number}") for number, step in enumerate(work.steps, start=1)]
    return encode_work(replace(work, steps=steps))


def joined(steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps with reasoning in one piece that was told in several, one after the other."""
    whole: list[Step] = []
    for step in steps:
        before = whole[-1] if whole else None
        if before is None or before.kind != "reasoning" or step.kind != "reasoning":
            whole.append(step)
            continue
        took_ms = [one.duration_ms for one in (before, step) if one.duration_ms is not None]
        # The id of the last piece: what may still come has another one.
        whole[-1] = replace(
            step, detail=before.detail + step.detail, duration_ms=sum(took_ms) if took_ms else None
        )
    return whole
