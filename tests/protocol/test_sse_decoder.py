"""The decoder understands every legal way to write a stream, and holds no more than its bound."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.sse_decoder import EventTooLarge, ReceivedEvent, SseDecoder


def data_of(stream: bytes) -> list[bytes]:
    return [event.data for event in SseDecoder().feed(stream)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_understood(line_end: bytes) -> None:
    assert data_of(line_end.join([b"data: one", b"", b"data: two", b"", b""])) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data:no space\n\n", [b"no space"]),
        (b"data:  one space is the text's own\n\n", [b" one space is the text's own"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b"data\n\n", [b""]),
        (b"data:\ndata:\n\n", [b"\n"]),
        (b": keep-alive\n\ndata: x\n\n", [b"x"]),
        (b"\xef\xbb\xbfdata: after a byte order mark\n\n", [b"after a byte order mark"]),
        (b"colour: blue\ndata: x\n\n", [b"x"]),
        (b"data: never ended", []),
        (b"data: never ended\n", []),
        (b"event: alone\n\ndata: x\n\n", [b"x"]),
        (b"data: a:b: c\n\n", [b"a:b: c"]),
    ],
)
def test_fields_are_read_as_the_standard_says(stream: bytes, expected: list[bytes]) -> None:
    assert data_of(stream) == expected


def test_names_belong_to_one_event_and_ids_stay() -> None:
    events = SseDecoder().feed(b"id: 7\nevent: error\ndata: a\n\ndata: b\n\nid: 8\0\ndata: c\n\n")

    assert events == [
        ReceivedEvent(b"a", b"error", b"7"),
        ReceivedEvent(b"b", b"", b"7"),
        ReceivedEvent(b"c", b"", b"7"),
    ]


def test_an_event_is_given_out_as_soon_as_its_empty_line_ends_in_cr() -> None:
    decoder = SseDecoder()

    assert decoder.feed(b"data: x\r\r") == [ReceivedEvent(b"x")]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: y\n\n") == [ReceivedEvent(b"y")]


_LINES = st.sampled_from(
    [b"data: x", b"data: \xed\x95\x9c", b"data", b"event: e", b"id: 1", b": c", b"", b""]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(
    lines=st.lists(st.tuples(_LINES, _ENDS), max_size=20),
    cuts=st.lists(st.integers(0, 200), max_size=30),
    has_mark=st.booleans(),
)
def test_where_the_stream_is_split_changes_nothing(
    lines: list[tuple[bytes, bytes]], cuts: list[int], has_mark: bool
) -> None:
    stream = b"\xef\xbb\xbf" * has_mark + b"".join(line + end for line, end in lines)
    decoder = SseDecoder()
    positions = [0, *sorted(cuts), len(stream)]

    split = [event for start, end in pairwise(positions) for event in decoder.feed(stream[start:end])]

    assert split == SseDecoder().feed(stream)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", [b"x" * 1000, b"data: " + b"x" * 100 + b"\n", b"data:\n"], ids=["line", "event", "empty lines"]
)
def test_what_never_ends_is_refused_in_bounded_memory(piece: bytes) -> None:
    decoder = SseDecoder(max_event_bytes=100_000)

    def feed_without_end() -> None:
        for _ in range(1_000_000):
            decoder.feed(piece)

    tracemalloc.start()
    try:
        with pytest.raises(EventTooLarge):
            feed_without_end()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 5_000_000


def test_an_event_of_just_the_bound_is_accepted() -> None:
    assert SseDecoder(max_event_bytes=10).feed(b"data: 1234\n\n") == [ReceivedEvent(b"1234")]
    with pytest.raises(EventTooLarge):
        SseDecoder(max_event_bytes=10).feed(b"data: 12345\n\n")
