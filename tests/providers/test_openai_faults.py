"""Every fault of an upstream is the right error; text so far is kept, memory bounded, the key unseen."""

import asyncio
import logging
import socket
import tracemalloc
from dataclasses import dataclass

import pytest

from bench.upstream import ScriptedUpstream
from chat.exceptions import (
    ContentFiltered,
    ContextTooLong,
    ProviderRateLimited,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    QuotaExceeded,
    RunError,
)
from chat.providers.openai import OpenAIProvider
from tests.fixtures_upstream import PLANTED_KEY
from tests.providers.asking import ask
from tests.waiting import PATIENCE_SECONDS, wait_until

SO_FAR = "Hello, 안녕"


@dataclass(frozen=True)
class Fault:
    script: str
    expected: type[RunError]
    text: str = ""


FAULTS = [
    Fault("status code=400", ProviderRejected),
    Fault("status code=400 error=context_length_exceeded", ContextTooLong),
    Fault("status code=400 error=content_policy_violation", ContentFiltered),
    Fault("status code=401 error=invalid_api_key", ProviderRejected),
    Fault("status code=402", QuotaExceeded),
    Fault("status code=403", ProviderRejected),
    Fault("status code=404 error=model_not_found", ProviderRejected),
    Fault("status code=413", ContextTooLong),
    Fault("status code=422", ProviderRejected),
    Fault("status code=429", ProviderRateLimited),
    Fault("status code=429 error=insufficient_quota", QuotaExceeded),
    Fault("status code=500", ProviderUnavailable),
    Fault("status code=503 retry_after=3", ProviderUnavailable),
    Fault("status code=504", ProviderTimeout),
    Fault("redirect", ProviderRejected),
    Fault("endless_error", ProviderUnavailable),
    Fault("hang_before_headers", ProviderTimeout),
    Fault("html", ProviderUnavailable),
    Fault("no_stream", ProviderUnavailable),
    Fault("nothing", ProviderUnavailable),
    Fault("gzip_bomb megabytes=1", ProviderUnavailable),
    Fault("endless_line", ProviderUnavailable),
    Fault("hang", ProviderTimeout, SO_FAR),
    Fault("reset", ProviderUnavailable, SO_FAR),
    Fault("close", ProviderUnavailable, SO_FAR),
    Fault("no_finish", ProviderUnavailable, SO_FAR),
    Fault("malformed", ProviderUnavailable, SO_FAR),
    Fault("malformed kind=utf8", ProviderUnavailable, SO_FAR),
    Fault("malformed kind=list", ProviderUnavailable, SO_FAR),
    Fault("malformed kind=deep", ProviderUnavailable, SO_FAR),
    Fault("error_in_stream", ProviderUnavailable, SO_FAR),
    Fault("error_in_stream named=1", ProviderUnavailable, SO_FAR),
    Fault("error_in_stream error=rate_limit_exceeded", ProviderRateLimited, SO_FAR),
    Fault("finish reason=error", ProviderUnavailable, "Hello, 안녕하세요 👋"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.script)
async def test_a_fault_is_one_error_of_ours_and_gives_nothing_away(
    openai_provider: OpenAIProvider, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    heard = await ask(openai_provider, fault.script)

    assert isinstance(heard.error, fault.expected)
    assert heard.text == fault.text
    assert heard.error.__cause__ is None
    assert heard.error.__context__ is None
    seen = f"{heard.error!r} {heard.error} {heard.error.__dict__} {caplog.text}"
    assert PLANTED_KEY not in seen
    assert "sk-quoted" not in seen
    assert "You are brief" not in seen
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "trace-of-the-test" in warnings[0].getMessage()


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        await assert_unreachable(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("base_url", ["http://host.invalid/v1", "gopher://127.0.0.1/v1"])
async def test_an_address_that_leads_nowhere_is_unavailable(base_url: str) -> None:
    await assert_unreachable(base_url)


async def test_a_server_without_tls_is_unavailable_over_https(upstream: ScriptedUpstream) -> None:
    await assert_unreachable(upstream.base_url.replace("http://", "https://"))


async def assert_unreachable(base_url: str) -> None:
    provider = OpenAIProvider(model_name="m", api_key=PLANTED_KEY, base_url=base_url, max_retries=0)
    try:
        heard = await ask(provider, "Hello")
    finally:
        await provider.aclose()

    assert type(heard.error) is ProviderUnavailable
    assert PLANTED_KEY not in repr(heard.error)


async def test_a_key_that_cannot_be_sent_is_rejected_and_stays_unseen(upstream: ScriptedUpstream) -> None:
    provider = OpenAIProvider(model_name="m", api_key=f"{PLANTED_KEY}\n한", base_url=upstream.base_url)

    heard = await ask(provider, "say")
    await provider.aclose()

    assert type(heard.error) is ProviderRejected
    assert PLANTED_KEY not in repr(heard.error)


@pytest.mark.parametrize(
    "script", ["endless_line", "endless_answer", "endless_error", "gzip_bomb megabytes=64"]
)
async def test_what_is_endless_takes_bounded_memory(upstream: ScriptedUpstream, script: str) -> None:
    # Tracing makes all of it several times slower: no silence is meant here.
    provider = OpenAIProvider(model_name="m", base_url=upstream.base_url, max_retries=0)
    # The server's own share, such as compressing, shall not be counted.
    await ask(provider, script)
    tracemalloc.start()
    try:
        heard = await ask(provider, script)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    await provider.aclose()

    assert type(heard.error) is ProviderUnavailable
    assert len(heard.text) <= 200_000
    assert peak_bytes < 8_000_000
    assert upstream.requests[-1].bytes_sent < 10_000_000


async def test_an_answer_over_the_limit_gives_what_fits(upstream: ScriptedUpstream) -> None:
    provider = OpenAIProvider(model_name="m", base_url=upstream.base_url, max_answer_characters=1500)

    heard = await ask(provider, "endless_answer")
    await provider.aclose()

    assert heard.text == "x" * 1500
    assert type(heard.error) is ProviderUnavailable


async def test_retries_are_made_before_the_first_byte_and_counted(upstream: ScriptedUpstream) -> None:
    provider = OpenAIProvider(model_name="m", base_url=upstream.base_url, max_retries=2)

    recovered = await ask(provider, "status code=500 times=2 retry_after=0.01")
    given_up = await ask(provider, "status code=503 retry_after=0.01")
    mid_stream = await ask(provider, "reset")
    rejected = await ask(provider, "status code=401")
    await provider.aclose()

    assert (recovered.text, recovered.error) == ("Hello, 안녕하세요 👋", None)
    assert [type(answer.error) for answer in (given_up, mid_stream, rejected)] == [
        ProviderUnavailable,
        ProviderUnavailable,
        ProviderRejected,
    ]
    scripts = [request.script.split(" retry")[0] for request in upstream.requests]
    assert scripts == ["status code=500 times=2"] * 3 + ["status code=503"] * 3 + ["reset", "status code=401"]


async def test_a_server_that_wants_a_long_pause_is_not_asked_again(upstream: ScriptedUpstream) -> None:
    provider = OpenAIProvider(model_name="m", base_url=upstream.base_url, max_retries=2)

    async with asyncio.timeout(PATIENCE_SECONDS):
        heard = await ask(provider, "status code=429 retry_after=200")
    await provider.aclose()

    assert heard.error is not None
    assert heard.error.retry_after_seconds == 200
    assert len(upstream.requests) == 1


async def test_waiting_for_a_retry_can_be_cancelled(
    upstream: ScriptedUpstream, caplog: pytest.LogCaptureFixture
) -> None:
    provider = OpenAIProvider(model_name="m", base_url=upstream.base_url, max_retries=2)

    asking = asyncio.create_task(ask(provider, "status code=429 retry_after=4"))
    await wait_until(lambda: "gave no answer" in caplog.text)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await provider.aclose()

    assert len(upstream.requests) == 1
