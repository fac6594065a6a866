"""Snapshot + events = whole, at every cut of the golden streams, which the page's fold reads too."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat.protocol.codec import event_of, read_event
from chat.protocol.events import Done, Error, Event, Snapshot
from chat.protocol.fold import Held, fold_all

STREAMS = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "streams").glob("*.json"))
]
ENDINGS: dict[str, tuple[type[Done | Error], str]] = {
    "completed": (Done, "completed"),
    "cancelled": (Done, "cancelled"),
    "failed": (Error, ""),
    "interrupted": (Error, "interrupted"),
}
each_stream = pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: str(stream["name"]))


def events_of(stream: dict[str, Any]) -> list[Event]:
    """Return the stream's events as the log has them."""
    return [read_event(entry["seq"], _line(entry)) for entry in stream["events"]]


def _line(entry: dict[str, Any]) -> bytes:
    """Return what an event says: its type comes first, and its number is not part of it."""
    said = {name: value for name, value in entry.items() if name != "seq"}
    return json.dumps({"type": said.pop("type"), **said}, separators=(",", ":")).encode()


def test_there_are_streams() -> None:
    assert STREAMS
    assert {stream["status"] for stream in STREAMS} == set(ENDINGS)


@each_stream
def test_a_stream_keeps_the_rules_of_the_protocol(stream: dict[str, Any]) -> None:
    events = events_of(stream)
    position = 0
    for event in events:
        assert event.seq == position + 1 or event.type == Snapshot.type
        assert event.seq > position
        position = event.seq

    assert [event.is_terminal for event in events] == [False] * (len(events) - 1) + [True]


@each_stream
def test_all_events_together_are_the_stored_answer(stream: dict[str, Any]) -> None:
    kind, detail = ENDINGS[stream["status"]]

    whole = fold_all(events_of(stream))

    assert whole.content == stream["answer"]
    assert isinstance(whole.end, kind)
    if isinstance(whole.end, Done):
        assert whole.end.status == detail
    elif detail:
        assert whole.end.code == detail


@each_stream
def test_at_every_cut_a_snapshot_and_the_rest_make_the_whole(stream: dict[str, Any]) -> None:
    events = events_of(stream)
    whole = fold_all(events)
    for cut in range(1, len(events)):
        held = fold_all(events[:cut])
        snapshot = event_of(
            held.last_seq, Snapshot(content=held.content, sources=held.sources, steps=held.steps)
        )

        resumed = fold_all([snapshot, *events[cut:]], Held(title=held.title))

        assert resumed == whole


@each_stream
def test_hearing_everything_twice_changes_nothing(stream: dict[str, Any]) -> None:
    events = events_of(stream)

    assert fold_all(events + events) == fold_all(events)
