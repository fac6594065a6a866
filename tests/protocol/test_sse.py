"""Frames of Server-Sent Events, and the positions that followers send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.codec import event_of
from chat.protocol.events import Token
from chat.protocol.sse import KEEP_ALIVE, MAX_SEQ, OPENING, frame, position_from
from chat.protocol.sse_decoder import SseDecoder

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts)
def test_a_frame_is_read_back_whatever_it_says(text: str) -> None:
    received = SseDecoder().feed(frame(event_of(7, Token(content=text))))

    assert len(received) == 1
    assert received[0].last_id == b"7"
    assert received[0].name == b""
    assert json.loads(received[0].data) == {"type": "token", "content": text}


@given(st.lists(texts), st.integers(1, 20))
def test_a_stream_is_read_back_however_it_is_split(said: list[str], size: int) -> None:
    stream = OPENING + KEEP_ALIVE.join(
        frame(event_of(seq, Token(content=text))) for seq, text in enumerate(said, start=1)
    )
    decoder = SseDecoder()

    received = [event for at in range(0, len(stream), size) for event in decoder.feed(stream[at : at + size])]

    assert [int(event.last_id) for event in received] == list(range(1, len(said) + 1))
    assert [json.loads(event.data)["content"] for event in received] == said


@pytest.mark.parametrize("silence", [OPENING, KEEP_ALIVE])
def test_opening_and_keep_alive_are_no_events(silence: bytes) -> None:
    assert SseDecoder().feed(silence) == []


@pytest.mark.parametrize(
    ("said", "position"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("12", 12),
        ("007", 7),
        ("-1", 0),
        ("+1", 0),
        ("1.5", 0),
        ("1e3", 0),
        ("1_0", 0),
        (" 1", 0),
        ("1\n", 0),
        ("abc", 0),
        ("٣", 0),
        ("１", 0),
        ("²", 0),
        ("9007199254740991", MAX_SEQ),
        ("9" * 16, MAX_SEQ),
        ("9" * 17, 0),
        ("1" * 1_000_000, 0),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_what_is_no_position_counts_as_none(said: str | None, position: int) -> None:
    assert position_from(said) == position


@given(st.text() | st.integers().map(str))
def test_a_position_is_always_one_that_javascript_counts_exactly(said: str) -> None:
    assert 0 <= position_from(said) <= MAX_SEQ
