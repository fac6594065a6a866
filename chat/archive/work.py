"""Reads what led to an imported answer: sources and steps of their types, and within bounds."""

import math
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from chat.archive.checking import list_in, not_ours, object_in, text_in
from chat.protocol.events import Source, Step
from chat.protocol.work import Work, encode_work
from chat.runs.work import (
    LONGEST_ADDRESS,
    LONGEST_DETAIL,
    LONGEST_NAME,
    LONGEST_REASONING,
    MOST_SOURCES,
    MOST_STEPS,
)

LONGEST_STEP_MS = 7 * 24 * 3600 * 1000
_KINDS = get_args(get_type_hints(Step)["kind"])
_STATUSES = get_args(get_type_hints(Step)["status"])


def work_in(value: Any) -> Mapping[str, Any] | None:
    """Return an answer's work as it is stored; what is too much of it is left out. Raises InvalidInput."""
    if value is None:
        return None
    given = object_in(value)
    return encode_work(
        Work(
            sources=[_source(object_in(one)) for one in list_in(given.get("sources"))[:MOST_SOURCES]],
            steps=[_step(object_in(one)) for one in list_in(given.get("steps"))[:MOST_STEPS]],
        )
    )


def _source(given: Mapping[str, Any]) -> Source:
    return Source(
        id=text_in(given.get("id"), most=LONGEST_NAME, cut=True),
        title=text_in(given.get("title"), most=LONGEST_NAME, cut=True),
        url=text_in(given.get("url"), most=LONGEST_ADDRESS, cut=True),
        content=text_in(given.get("content"), most=LONGEST_DETAIL, cut=True),
        score=_score(given.get("score", 0.0)),
    )


def _step(given: Mapping[str, Any]) -> Step:
    kind: Any = given.get("kind")
    status: Any = given.get("status")
    if kind not in _KINDS or status not in _STATUSES:
        raise not_ours()
    longest = LONGEST_REASONING if kind == "reasoning" else LONGEST_DETAIL
    return Step(
        id=text_in(given.get("id"), most=LONGEST_NAME, cut=True),
        kind=kind,
        name=text_in(given.get("name"), most=LONGEST_NAME, cut=True),
        # Nobody goes on with what was running when it was exported.
        status="failed" if status == "running" else status,
        detail=text_in(given.get("detail"), most=longest, cut=True),
        duration_ms=_duration(given.get("duration_ms")),
    )


def _score(value: Any) -> float:
    # JSON may write a number that is none here: databases take no infinity.
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int and abs(value) < LONGEST_STEP_MS:
        return float(value)
    raise not_ours()


def _duration(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LONGEST_STEP_MS:
        raise not_ours()
    return value
