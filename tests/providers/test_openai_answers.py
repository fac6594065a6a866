"""Answers over the real wire: what is asked, what is understood, what servers may do differently."""

import asyncio
import json
import logging
import ssl
import time
from pathlib import Path

import pytest

from bench.upstream import ScriptedUpstream
from chat.exceptions import ProviderTimeout, ProviderUnavailable
from chat.protocol.sse_decoder import ReceivedEvent
from chat.providers.base import ReasoningChunk, TextChunk, UsageChunk
from chat.providers.openai import OpenAIProvider
from chat.providers.openai_wire import AnswerReader
from tests.fixtures_upstream import PLANTED_KEY
from tests.providers.asking import PROMPTLY_SECONDS, Heard, ask, opened, prompt_of, seconds_until_closed
from tests.providers.conftest import server_tls
from tests.waiting import PATIENCE_SECONDS

GREETING = "Hello, 안녕하세요 👋"


@pytest.mark.parametrize(
    ("script", "text", "reason"),
    [
        ("say", GREETING, "stop"),
        ("finish reason=length", GREETING, "length"),
        ("finish reason=content_filter", GREETING, "content_filter"),
        ("finish reason=tool_calls", GREETING, "tool_calls"),
        ("finish reason=eos", GREETING, "stop"),
        ("refusal", "I cannot do that.", "stop"),
        ("pieces", GREETING, "stop"),
        ("pieces end=crlf bom=1", GREETING, "stop"),
        ("pieces end=cr size=7", GREETING, "stop"),
        ("odd", GREETING, "stop"),
        ("unclean", "abcde", "stop"),
        ("finish_twice", GREETING, "stop"),
        ("no_done", GREETING, "stop"),
        ("no_end", GREETING, "stop"),
    ],
)
async def test_complete_answers_are_understood(
    openai_provider: OpenAIProvider, script: str, text: str, reason: str
) -> None:
    heard = await ask(openai_provider, script)

    assert (heard.text, heard.finishes, heard.error) == (text, [reason], None)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_what_compatible_servers_say_about_their_thoughts_is_no_answer(name: str) -> None:
    reader = AnswerReader(max_answer_characters=9)
    deltas = [{name: "I think"}, {name: None, "content": "so"}, {name: ["odd"]}, {name: ""}]

    heard = [
        reader.read(ReceivedEvent(json.dumps({"choices": [{"delta": delta}]}).encode())) for delta in deltas
    ]

    assert heard == [(ReasoningChunk(text="I think"),), (TextChunk(text="so"),), (), ()]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("usage input=7 output=5", [UsageChunk(input_tokens=7, output_tokens=5)]),
        ("usage", []),
        ("usage input=-1 output=5", []),
        ("usage input=7 output=-5", []),
        ("usage input=7 output=0", []),
        ("usage input=7 output=999999999999", []),
    ],
)
async def test_only_plausible_usage_is_believed(
    openai_provider: OpenAIProvider, script: str, expected: list[UsageChunk]
) -> None:
    assert (await ask(openai_provider, script)).usages == expected


async def test_the_request_says_what_the_prompt_says(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    prompt = prompt_of("say", max_output_tokens=77, temperature=0.5, seed=3)
    async with opened(openai_provider, prompt) as chunks:
        assert [chunk async for chunk in chunks]

    request = upstream.requests[0]
    assert request.body == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "You are brief."}, {"role": "user", "content": "say"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 77,
        "temperature": 0.5,
        "seed": 3,
    }
    assert request.headers["authorization"] == f"Bearer {PLANTED_KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["x-client-request-id"] == "trace-of-the-test"
    assert request.headers["traceparent"] == "place-in-a-trace"


async def test_openai_itself_is_told_to_keep_nothing() -> None:
    request = OpenAIProvider(model_name="m")._request(prompt_of("Hello", max_output_tokens=5))

    assert request["store"] is False
    assert request["max_completion_tokens"] == 5
    assert "max_tokens" not in request


async def test_a_refused_stream_option_is_left_out_from_then_on(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    answers = [await ask(openai_provider, "refuse name=stream_options") for _ in range(2)]

    assert [(answer.text, answer.error) for answer in answers] == [(GREETING, None)] * 2
    assert ["stream_options" in request.body for request in upstream.requests] == [True, False, False]


async def test_a_server_that_knows_the_new_name_of_the_limit_gets_it(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    heard = await ask(openai_provider, "refuse name=max_tokens error=unsupported_parameter")

    assert (heard.text, heard.error) == (GREETING, None)
    assert upstream.requests[-1].body["max_completion_tokens"] == 100_000


async def test_a_parameter_of_the_assistant_is_never_left_out_in_silence(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    prompt = prompt_of("refuse name=temperature error=unsupported_parameter", temperature=0.5)
    with pytest.raises(Exception, match="status 400"):
        async with opened(openai_provider, prompt) as chunks:
            await anext(chunks)

    assert len(upstream.requests) == 1


async def test_a_finished_answer_leaves_its_connection_for_the_next(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    await ask(openai_provider, "say")
    (first,) = upstream.connections
    await ask(openai_provider, "say")

    assert upstream.connections == {first}


async def test_an_error_leaves_no_connection_open(
    openai_provider: OpenAIProvider, upstream: ScriptedUpstream
) -> None:
    await ask(openai_provider, "malformed")

    async with asyncio.timeout(PATIENCE_SECONDS):
        await upstream.wait_until(lambda server: not server.connections)


def test_one_provider_serves_several_event_loops_in_turn() -> None:
    provider = OpenAIProvider(model_name="m", read_timeout_seconds=2, max_retries=0)

    async def answer() -> str:
        async with ScriptedUpstream() as upstream:
            provider._base_url = upstream.base_url
            heard = await ask(provider, "say")
            await provider.aclose()
            return heard.text

    assert [asyncio.run(answer()) for _ in range(2)] == [GREETING, GREETING]


def test_production_s_event_loop_serves_as_well(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uvloop = pytest.importorskip("uvloop")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def answers(tls: ssl.SSLContext | None) -> list[Heard]:
        async with ScriptedUpstream(tls=tls) as upstream:
            provider = OpenAIProvider(
                model_name="m", base_url=upstream.base_url, read_timeout_seconds=0.5, max_retries=0
            )
            heard = [await ask(provider, script) for script in ("say", "tokens count=3000", "hang", "reset")]
            async with opened(provider, prompt_of("hang")) as chunks:
                await anext(chunks)
                closed_at = time.monotonic()
            assert await seconds_until_closed(upstream.requests[-1], closed_at) < PROMPTLY_SECONDS
            await provider.aclose()
            return heard

    for tls in (None, server_tls(certificate)):
        said, long, silent, broken = uvloop.run(answers(tls))
        assert (said.text, said.error) == (GREETING, None)
        assert (len(long.text.split()), long.error) == (3000, None)
        assert type(silent.error) is ProviderTimeout
        assert type(broken.error) is ProviderUnavailable


async def test_neither_key_nor_message_reaches_a_log_at_any_level(
    openai_provider: OpenAIProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await ask(openai_provider, "say")

    assert PLANTED_KEY not in caplog.text
    assert "You are brief" not in caplog.text
