"""What every provider promises: the same scenarios for the echo and, over real sockets, for OpenAI."""

import asyncio
import time
from dataclasses import dataclass
from itertools import groupby

import pytest

from bench.upstream import ScriptedUpstream
from chat.exceptions import ProviderRateLimited, ProviderUnavailable, QuotaExceeded, RunError
from chat.providers.base import FinishChunk, Provider, TextChunk
from chat.providers.echo import EchoProvider
from chat.providers.openai import OpenAIProvider
from tests.providers.asking import PROMPTLY_SECONDS, Heard, ask, opened, prompt_of, seconds_until_closed
from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A provider under test, and the messages that make it do what a scenario wants."""

    provider: Provider
    messages: dict[str, str]
    upstream: ScriptedUpstream | None = None

    async def answer_to(self, scenario: str) -> Heard:
        return await ask(self.provider, self.messages[scenario])

    async def wait_until_asked(self) -> None:
        """The vendor's side has the request, if there is one."""
        await asyncio.sleep(0)
        if self.upstream is not None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.upstream.wait_until(lambda upstream: bool(upstream.requests))

    async def assert_released(self, since: float) -> None:
        """The vendor's side has seen the end of the connection."""
        if self.upstream is not None:
            assert await seconds_until_closed(self.upstream.requests[-1], since) < PROMPTLY_SECONDS


@pytest.fixture
def echo() -> Subject:
    messages = {
        "five words": "/long 5",
        "unicode": "/repeat 안녕하세요👋🏽",
        "no text": "/empty",
        "breaks off": "/long 9\n/fail provider_unavailable after 2",
        "rate limited": "/fail rate_limited",
        "no money": "/fail quota_exceeded",
        "stalls": "/long 9\n/stall after 2",
        "silent": "/stall after 0",
        "long": "/long 5000",
    }
    return Subject(provider=EchoProvider(delay_seconds=0), messages=messages)


@pytest.fixture
def openai(patient_provider: OpenAIProvider, upstream: ScriptedUpstream) -> Subject:
    messages = {
        "five words": "tokens count=5",
        "unicode": 'say text="안녕하세요👋🏽"',
        "no text": "empty",
        "breaks off": "malformed after=2",
        "rate limited": "status code=429 retry_after=60",
        "no money": "status code=429 error=insufficient_quota",
        "stalls": "hang after=2",
        "silent": "hang_before_headers",
        "long": "tokens count=5000",
    }
    return Subject(provider=patient_provider, messages=messages, upstream=upstream)


@pytest.fixture(params=["echo", "openai"])
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.getfixturevalue(request.param)
    return found


async def test_an_answer_is_text_then_one_finish_with_at_most_one_usage(subject: Subject) -> None:
    heard = await subject.answer_to("five words")

    # Texts that come together may be one chunk.
    kinds = [kind for kind, _ in groupby(type(chunk) for chunk in heard.chunks)]
    assert heard.text.split() == ["word1", "word2", "word3", "word4", "word5"]
    assert kinds[:2] == [TextChunk, FinishChunk]
    assert heard.finishes == ["stop"]
    assert [usage.output_tokens for usage in heard.usages] == [5]
    assert heard.error is None


async def test_text_of_any_script_arrives_unharmed(subject: Subject) -> None:
    assert (await subject.answer_to("unicode")).text == "안녕하세요👋🏽"


async def test_an_answer_may_be_empty(subject: Subject) -> None:
    heard = await subject.answer_to("no text")

    assert (heard.text, heard.finishes, heard.error) == ("", ["stop"], None)


async def test_a_long_answer_arrives_whole_and_in_order(subject: Subject) -> None:
    heard = await subject.answer_to("long")

    assert heard.text.split() == [f"word{number}" for number in range(1, 5001)]


async def test_no_chunk_of_text_is_empty(subject: Subject) -> None:
    heard = await subject.answer_to("five words")

    assert all(chunk.text for chunk in heard.chunks if isinstance(chunk, TextChunk))


async def test_a_broken_answer_keeps_its_text_and_has_no_finish(subject: Subject) -> None:
    heard = await subject.answer_to("breaks off")

    assert heard.text
    assert heard.finishes == []
    assert type(heard.error) is ProviderUnavailable


@pytest.mark.parametrize(
    ("scenario", "expected"), [("rate limited", ProviderRateLimited), ("no money", QuotaExceeded)]
)
async def test_errors_are_run_errors(subject: Subject, scenario: str, expected: type[RunError]) -> None:
    heard = await subject.answer_to(scenario)

    assert type(heard.error) is expected
    assert heard.chunks == []


async def test_closing_early_releases_the_vendor_at_once(subject: Subject) -> None:
    async with opened(subject.provider, prompt_of(subject.messages["stalls"])) as chunks:
        first = await anext(chunks)
        closed_at = time.monotonic()

    assert isinstance(first, TextChunk)
    assert time.monotonic() - closed_at < PROMPTLY_SECONDS
    await subject.assert_released(closed_at)


async def listen(subject: Subject, scenario: str, heard: asyncio.Queue[str]) -> None:
    async with opened(subject.provider, prompt_of(subject.messages[scenario])) as chunks:
        async for chunk in chunks:
            heard.put_nowait(type(chunk).__name__)


async def test_cancelling_in_the_middle_releases_the_vendor_at_once(subject: Subject) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(listen(subject, "stalls", heard))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await heard.get()

    listening.cancel()
    cancelled_at = time.monotonic()

    with pytest.raises(asyncio.CancelledError):
        await listening
    assert time.monotonic() - cancelled_at < PROMPTLY_SECONDS
    await subject.assert_released(cancelled_at)


async def test_cancelling_before_the_first_byte_releases_the_vendor_at_once(subject: Subject) -> None:
    listening = asyncio.create_task(listen(subject, "silent", asyncio.Queue()))
    await subject.wait_until_asked()

    listening.cancel()
    cancelled_at = time.monotonic()

    with pytest.raises(asyncio.CancelledError):
        await listening
    await subject.assert_released(cancelled_at)


async def test_one_provider_answers_many_at_a_time(subject: Subject) -> None:
    answers = await asyncio.gather(*(subject.answer_to("five words") for _ in range(20)))

    assert {answer.text.strip() for answer in answers} == {"word1 word2 word3 word4 word5"}


async def test_a_provider_can_be_closed_before_it_was_used(subject: Subject) -> None:
    await subject.provider.aclose()
    await subject.provider.aclose()
