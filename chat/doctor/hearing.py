"""What a follower heard of a run, and when: the same for both doors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chat.doctor.browser import Answer
from chat.doctor.websocket import Frame
from chat.protocol.sse import position_from
from chat.protocol.sse_decoder import EventTooLarge, SseDecoder

KEEP_ALIVE = "keep-alive"
_TERMINAL = ("done", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event or a sign of life; ``seq`` is 0 where it had no number."""

    at: float
    seq: int
    type: str
    content: str = ""


def heard_in_stream(answer: Answer) -> list[Heard]:
    """Return what an event stream said. What cannot be read ends it."""
    decoder = SseDecoder()
    heard: list[Heard] = []
    for arrival in answer.arrivals:
        if b": keep-alive" in arrival.data:
            heard.append(Heard(at=arrival.at, seq=0, type=KEEP_ALIVE))
        try:
            events = decoder.feed(arrival.data)
        except EventTooLarge:
            return heard
        for event in events:
            seq = position_from(event.last_id.decode("latin-1"))
            heard.append(_heard(arrival.at, seq, event.data))
    return heard


def heard_in_frames(frames: Iterable[Frame], *, into: list[Heard]) -> None:
    """Add what a WebSocket says to the list, up to the end of the run."""
    for frame in frames:
        into.append(_heard(frame.at, None, frame.text.encode()))
        if has_ended(into[-1:]):
            return


def heard_in_page(answer: Answer) -> list[Heard]:
    """Return the events of a poller's page; none if it is not one."""
    page = _object(answer.body)
    events = page.get("events")
    if not isinstance(events, list):
        return []
    at = answer.headers_at
    return [_heard(at, None, json.dumps(event).encode()) for event in events]


def is_json_of(answer: Answer, wanted: UUID) -> bool:
    """True if the answer is the object with that id."""
    return _object(answer.body).get("id") == str(wanted)


def text_of(heard: Sequence[Heard]) -> str:
    """Return the answer as far as it was told."""
    text = ""
    for one in heard:
        if one.type == "token":
            text += one.content
        elif one.type == "snapshot":
            text = one.content
    return text


def has_ended(heard: Sequence[Heard]) -> bool:
    """True if the terminal event came."""
    return any(one.type in _TERMINAL for one in heard)


def moments_of(heard: Sequence[Heard], kind: str) -> list[float]:
    """Return when things of that type came."""
    return [one.at for one in heard if one.type == kind]


def numbers_of(heard: Sequence[Heard]) -> list[int]:
    """Return the numbers of the events, signs of life left out."""
    return [one.seq for one in heard if one.type != KEEP_ALIVE]


def _heard(at: float, seq: int | None, data: bytes) -> Heard:
    fact = _object(data)
    number = fact.get("seq", 0) if seq is None else seq
    return Heard(
        at=at,
        seq=number if isinstance(number, int) else 0,
        type=str(fact.get("type", "")),
        content=str(fact.get("content", "")),
    )


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
