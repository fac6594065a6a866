"""Tokens of a known form mean what parsing them says, whatever is written around and in their text."""

import json
from collections.abc import Sequence

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.exceptions import RunError
from chat.protocol.sse_decoder import SseDecoder
from chat.providers.base import Chunk, TextChunk
from chat.providers.openai_answer import Answer
from chat.providers.openai_form import Form
from chat.providers.openai_wire import AnswerReader

LIMIT = 25
HOSTILE = st.sampled_from(
    ['"', "\\", '"}', "\\u0022", "\n", "\r\n\r\n", "\0", "\x7f", "\ud83d", "낱", "a", "data: "]
)
TEXTS = st.lists(st.lists(HOSTILE, max_size=3).map("".join) | st.text(max_size=4), min_size=1, max_size=8)


def event_of(text: str, *, ascii_only: bool = False, **around: object) -> bytes:
    chunk = {"id": "one", **around, "choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(chunk, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass") + b"\n\n"


def heard(reads: Sequence[bytes]) -> tuple[list[Chunk], str]:
    """What an answer in these reads says, and how it ended."""
    chunks: list[Chunk] = []
    answer = Answer(no_response, trace_id="trace", max_answer_characters=LIMIT)
    try:
        for received in reads:
            answer._read(chunks.append, received)
    except RunError as error:
        return chunks, str(error)
    return chunks, ""


def parsed(reads: Sequence[bytes]) -> tuple[str, str]:
    """The text of such an answer, and how it ended, with every event parsed."""
    chunks: list[Chunk] = []
    decoder, reader = SseDecoder(), AnswerReader(max_answer_characters=LIMIT)
    try:
        for received in reads:
            for event in decoder.feed(received):
                chunks.extend(reader.read(event))
                if reader.failure:
                    raise reader.failure
    except RunError as error:
        return "".join(texts_in(chunks)), str(error)
    return "".join(texts_in(chunks)), ""


def texts_in(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks if isinstance(chunk, TextChunk)]


async def no_response() -> httpx2.Response:
    raise AssertionError("nothing is asked")


@given(
    texts=TEXTS,
    ascii_only=st.booleans(),
    around=st.dictionaries(st.just("note"), HOSTILE),
    events_per_read=st.integers(1, 4),
)
@example(texts=["a", "b", 'c"', "d"], ascii_only=False, around={}, events_per_read=1)
@example(texts=["one", "two"], ascii_only=False, around={"content": "one"}, events_per_read=1)
@example(texts=["a", "\x1f", "\x7f", "\u2028"], ascii_only=False, around={}, events_per_read=1)
def test_whatever_is_said_is_heard_as_if_every_token_were_parsed(
    texts: list[str], ascii_only: bool, around: dict[str, str], events_per_read: int
) -> None:
    first, *events = [event_of(text, ascii_only=ascii_only, **around) for text in texts]
    groups = [events[start : start + events_per_read] for start in range(0, len(events), events_per_read)]
    reads = [first, *map(b"".join, groups)]

    chunks, ended = heard(reads)

    assert ("".join(texts_in(chunks)), ended) == parsed(reads)


@pytest.mark.parametrize(
    "forged",
    [
        b'b"}}],"error":{"message":"no"},"x":[{"y":{"content":"',
        b"b\\",
        b"\xff",
        b'b"}}]}\n\ndata: {"choices":[{"delta":{"content":"',
        b"b\x00",
        b'b"}}]}\n\ndata: {"id": "two", "choices": [{"index": 0, "delta": {"content": "b',
    ],
)
def test_what_only_looks_like_a_token_of_the_known_form_is_none(forged: bytes) -> None:
    token = event_of("a")
    before, _, after = token.partition(b'"a"')
    form = Form(before + b'"', b'"' + after)

    assert form.text_in(token) == "a"
    assert form.text_in(token.replace(b'"a"', b'"%b"' % forged)) is None


def test_what_comes_after_the_finish_is_not_heard() -> None:
    finish = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    reads = [event_of("a"), event_of("b"), finish, event_of("c")]

    assert texts_in(heard(reads)[0]) == ["a", "b"]


def test_an_event_cut_in_two_is_read_whole_though_its_half_has_the_known_form() -> None:
    whole = event_of("a")
    reads = [event_of("x"), whole[:20], whole[20:], event_of("b")]

    assert texts_in(heard(reads)[0]) == ["x", "a", "b"]


def test_tokens_that_come_together_are_told_together() -> None:
    together = b"".join(map(event_of, ["b", "낱", "d"]))
    with_an_escape = b"".join(map(event_of, ["e", "\n", "f"]))

    assert texts_in(heard([event_of("a"), together, with_an_escape])[0]) == ["a", "b낱d", "e\nf"]


def test_a_letter_cut_in_two_by_the_end_of_an_event_is_no_text() -> None:
    whole = event_of("낱")
    head, tail = whole.split("낱".encode())
    letter = "낱".encode()

    assert Form(head, tail).text_in(head + letter[:1] + tail + head + letter[1:] + tail) is None
