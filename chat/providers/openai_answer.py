"""One answer of an OpenAI-compatible server: told as it arrives, or yielded."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import groupby
from types import TracebackType
from typing import cast

import httpx2

from chat.exceptions import ProviderUnavailable, RunError
from chat.protocol.sse_decoder import EventTooLarge, SseDecoder
from chat.providers.base import Chunk, PushedChunks, TextChunk
from chat.providers.openai_connection import Body, body_in, check_stream, parts_of, push_parts
from chat.providers.openai_form import Form
from chat.providers.openai_wire import AnswerReader

# Where no two tokens are of one form, an answer is not searched for it any longer.
MOST_VAIN_LESSONS = 4

logger = logging.getLogger("chat.providers.openai")


class Answer(PushedChunks):
    """The chunks of one response, which is opened when the first of them is wanted."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[httpx2.Response]],
        *,
        trace_id: str,
        max_answer_characters: int,
    ) -> None:
        self._ask = ask
        self._trace_id = trace_id
        self._reader = AnswerReader(max_answer_characters=max_answer_characters)
        self._decoder = SseDecoder()
        self._form: Form | None = None
        # Forms that were learned since one was last of use.
        self._vain_lessons = 0
        self._body: Body | None = None
        self._chunks = self._read_on()

    async def push(self, hear: Callable[[Chunk], None]) -> None:
        """See ``PushedChunks.push``."""
        try:
            await push_parts(await self._opened(), partial(self._read, hear))
        except (EventTooLarge, RunError) as error:
            failure = self._broken_off(error)
        else:
            return
        raise failure

    async def asend(self, value: None) -> Chunk:
        """Yield the next chunk."""
        return await self._chunks.asend(value)

    async def athrow(
        self,
        kind: type[BaseException] | BaseException,
        value: object = None,
        traceback: TracebackType | None = None,
    ) -> Chunk:
        """Raise an error where the next chunk is waited for."""
        error = kind() if isinstance(kind, type) else kind
        return await self._chunks.athrow(error)

    async def aclose(self) -> None:
        """Close the connection, or give it back where the answer was read to its end."""
        await self._chunks.aclose()
        if self._body is not None:
            await self._body.aclose()

    async def _opened(self) -> Body:
        if self._body is None:
            response = await self._ask()
            self._body = body_in(response)
            check_stream(response)
        return self._body

    async def _read_on(self) -> AsyncGenerator[Chunk]:
        try:
            async with aclosing(parts_of(await self._opened(), self._reader)) as parts:
                async for received in parts:
                    for chunk in self._heard(received):
                        yield chunk
            for chunk in self._reader.end():
                yield chunk
        except (EventTooLarge, RunError) as error:
            failure = self._broken_off(error)
        else:
            return
        finally:
            if self._body is not None:
                await self._body.aclose()
        raise failure

    def _read(self, hear: Callable[[Chunk], None], received: bytes) -> bool:
        """Have heard what these bytes say; False once the answer has finished."""
        form, reader = self._form, self._reader
        if form is not None and self._decoder.is_between_events and (text := form.text_in(received)):
            self._vain_lessons = 0
            hear(reader.say(text))
        else:
            self._parse(received, hear)
        if reader.failure:
            raise reader.failure
        return not reader.is_finished

    def _parse(self, received: bytes, hear: Callable[[Chunk], None]) -> None:
        decoder, reader = self._decoder, self._reader
        is_between_events = decoder.is_between_events
        events = decoder.feed(received)
        said: list[Chunk] = []
        try:
            for event in events:
                said.extend(reader.read(event))
                if reader.failure:
                    break
        finally:
            # What came before a fault is good.
            for chunk in _joined(said):
                hear(chunk)
        if reader.is_finished:
            self._form = None
        elif is_between_events and decoder.is_between_events and len(events) == 1:
            self._learn_form(received, said)

    def _learn_form(self, received: bytes, said: Sequence[Chunk]) -> None:
        match said:
            case [TextChunk(text=text)] if self._vain_lessons < MOST_VAIN_LESSONS:
                self._vain_lessons += 1
                self._form = Form.of(received, text, _only_text_in)

    def _heard(self, received: bytes) -> Iterator[Chunk]:
        chunks: list[Chunk] = []
        try:
            self._read(chunks.append, received)
        finally:
            # What came before a fault is good.
            yield from chunks

    def _broken_off(self, error: EventTooLarge | RunError) -> RunError:
        failure = error if isinstance(error, RunError) else ProviderUnavailable(str(error))
        if self._body is not None:
            logger.warning("The answer broke off: %s [trace %s]", failure, self._trace_id)
        return failure.with_traceback(None)


def _joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Return the chunks with texts that came together in one: each is an event for every follower."""
    for is_text, together in groupby(chunks, lambda chunk: isinstance(chunk, TextChunk)):
        if is_text:
            yield TextChunk("".join(chunk.text for chunk in cast("Iterable[TextChunk]", together)))
        else:
            yield from together


def _only_text_in(received: bytes) -> str | None:
    reader = AnswerReader(max_answer_characters=len(received))
    try:
        said = [chunk for event in SseDecoder().feed(received) for chunk in reader.read(event)]
    except (EventTooLarge, RunError):
        return None
    match said:
        case [TextChunk(text=text)]:
            return text
    return None
