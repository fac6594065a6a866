"""Snapshot + events = whole, for the golden streams that the page reads too."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import UnknownFact, decode_fact, encode_fact, event_of, read_event
from chat.protocol.events import (
    Done,
    Error,
    Event,
    Fact,
    Snapshot,
    Source,
    Sources,
    Start,
    Step,
    Title,
    Token,
    TokenUsage,
)
from chat.protocol.fold import Held, fold_all
from chat.protocol.sse import MAX_SEQ, frame, position_from
from chat.protocol.sse_decoder import SseDecoder
from chat.protocol.websocket import frame as websocket_frame

STREAMS = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parent.parent / "golden" / "streams").glob("*.json"))
]
ENDINGS = {"completed": Done, "cancelled": Done, "failed": Error, "interrupted": Error}
SOURCE = Source(id="1", title="t", url="https://a.example", content="c", score=0.5)
FACTS: list[Fact] = [
    Start(run="r", message="m", conversation="c", trace_id="t", model="x", assistant="general"),
    Sources(data=(SOURCE,)),
    Step(id="1", kind="tool", name="search", status="running", detail="…"),
    Token(content="안녕 👋\n\u2028"),
    Snapshot(content="all", sources=(SOURCE,), steps=(Step(id="1", kind="agent", name="n", status="done"),)),
    Title(title="T"),
    Done(
        status="completed",
        finish_reason="stop",
        usage=TokenUsage(input_tokens=1, output_tokens=2, accuracy="exact", cost="0.000001"),
        ttft_ms=1,
        duration_ms=2,
        trace_id="t",
    ),
    Done(status="cancelled", finish_reason="", usage=None, ttft_ms=None, duration_ms=0, trace_id="t"),
    Error(code="internal", message="m", retryable=True, trace_id="t"),
]


def as_events(entries: list[dict[str, Any]]) -> list[Event]:
    return [
        read_event(
            entry["seq"], json.dumps({"type": entry["type"], **_body(entry)}, separators=(",", ":")).encode()
        )
        for entry in entries
    ]


def _body(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in {"seq", "type"}}


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: str(stream["name"]))
def test_at_every_cut_a_snapshot_and_the_rest_make_the_whole(stream: dict[str, Any]) -> None:
    events = as_events(stream["events"])
    whole = fold_all(events)
    assert whole.content == stream["answer"]
    assert isinstance(whole.end, ENDINGS[stream["status"]])

    for cut in range(len(events)):
        held = fold_all(events[:cut])
        snapshot = Snapshot(content=held.content, sources=held.sources, steps=held.steps)
        resumed = fold_all([event_of(max(held.last_seq, 1), snapshot)]) if cut else Held()
        rest = fold_all(events[cut:], resumed)
        assert (rest.content, rest.sources, rest.steps, rest.end) == (
            whole.content,
            whole.sources,
            whole.steps,
            whole.end,
        )


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact.type))
def test_a_fact_comes_back_as_it_was(fact: Fact) -> None:
    event = event_of(3, fact)

    assert decode_fact(event.data) == fact
    assert read_event(3, event.data) == event
    assert event.is_terminal == isinstance(fact, (Done, Error))


@pytest.mark.parametrize("data", [b'{"type":"weather"}', b'{"sky":"blue"}', b"{}"])
def test_an_unknown_fact_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnknownFact):
        decode_fact(data)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_frame_is_read_back_whatever_it_says(text: str) -> None:
    received = SseDecoder(max_event_bytes=10_000_000).feed(frame(event_of(7, Token(content=text))))

    assert len(received) == 1
    assert json.loads(received[0].data) == {"type": "token", "content": text}


def test_a_websocket_frame_is_the_fact_with_run_and_seq() -> None:
    event = event_of(7, Token(content='"x"'))

    assert json.loads(websocket_frame("r", event)) == {
        "run": "r",
        "seq": 7,
        **json.loads(encode_fact(Token(content='"x"'))),
    }


@pytest.mark.parametrize(
    ("said", "position"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("12", 12),
        ("-1", 0),
        ("1.5", 0),
        (" 1", 0),
        ("1\n", 0),
        ("abc", 0),
        ("٣", 0),
        ("9" * 16, MAX_SEQ),
        ("9" * 17, 0),
        ("1" * 1_000_000, 0),
    ],
)
def test_what_is_no_position_counts_as_none(said: str | None, position: int) -> None:
    assert position_from(said) == position
