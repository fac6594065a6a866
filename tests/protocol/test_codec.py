"""Facts to JSON and back, and what a reader does with facts of another version."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import UnknownFact, decode_fact, encode_fact, event_of, read_event, token_event
from chat.protocol.events import (
    Done,
    Error,
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
from chat.protocol.websocket import frame as websocket_frame

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
each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact.type))


@each_fact
def test_a_fact_comes_back_as_it_was(fact: Fact) -> None:
    event = event_of(3, fact)

    assert decode_fact(event.data) == fact
    assert read_event(3, event.data) == event
    assert event.is_terminal == isinstance(fact, Done | Error)


@each_fact
def test_a_fact_is_one_line_that_begins_with_its_type(fact: Fact) -> None:
    data = encode_fact(fact)

    assert data.startswith(b'{"type":"%b"' % fact.type.encode())
    assert not {b"\n", b"\r"} & {data[at : at + 1] for at in range(len(data))}


@each_fact
def test_fields_of_a_newer_version_are_left_out(fact: Fact) -> None:
    newer = {**json.loads(encode_fact(fact)), "mood": "good"}

    assert decode_fact(json.dumps(newer).encode()) == fact


@pytest.mark.parametrize("data", [b'{"type":"weather"}', b'{"type":7}', b'{"sky":"blue"}', b"{}"])
def test_an_unknown_fact_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnknownFact):
        decode_fact(data)


@pytest.mark.parametrize("data", [b"{}", b"", b'{"content":"x","type":"token"}'])
def test_a_logged_line_without_a_type_in_front_is_no_event(data: bytes) -> None:
    with pytest.raises(UnknownFact):
        read_event(1, data)


@each_fact
def test_a_websocket_frame_is_the_fact_with_run_and_seq(fact: Fact) -> None:
    said = json.loads(encode_fact(fact))
    # A start event names its run by itself, as the frame does.
    said["run"] = "r"

    assert json.loads(websocket_frame(b"r", event_of(7, fact))) == {**said, "seq": 7}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_is_encoded_as_every_fact_is(text: str) -> None:
    assert token_event(7, text) == event_of(7, Token(content=text))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_comes_back_whatever_it_says(text: str) -> None:
    assert decode_fact(encode_fact(Token(content=text))) == Token(content=text)
