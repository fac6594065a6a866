"""Over TLS the provider answers as without, if it can trust the server, and not at all if it cannot."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.upstream import ScriptedUpstream
from chat.exceptions import ProviderUnavailable
from chat.providers.openai import OpenAIProvider
from tests.providers.asking import PROMPTLY_SECONDS, ask, opened, prompt_of, seconds_until_closed
from tests.providers.conftest import server_tls


@pytest.fixture
async def secure_upstream(certificate: Path) -> AsyncIterator[ScriptedUpstream]:
    """A scripted upstream behind TLS."""
    async with ScriptedUpstream(tls=server_tls(certificate)) as upstream:
        yield upstream


@pytest.fixture
async def provider(secure_upstream: ScriptedUpstream) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(
        model_name="m", base_url=secure_upstream.base_url, read_timeout_seconds=2, max_retries=0
    )
    yield provider
    await provider.aclose()


@pytest.fixture
def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the certificate a trusted one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trust")
async def test_a_trusted_server_answers_and_its_connection_is_used_again(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    answers = [await ask(provider, "tokens count=2000") for _ in range(2)]

    assert [answer.error for answer in answers] == [None, None]
    assert [len(answer.text.split()) for answer in answers] == [2000, 2000]
    assert len(secure_upstream.connections) == 1


@pytest.mark.usefixtures("trust")
async def test_closing_early_closes_the_connection_at_once(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    async with opened(provider, prompt_of("hang")) as chunks:
        await anext(chunks)
        closed_at = time.monotonic()

    assert await seconds_until_closed(secure_upstream.requests[-1], closed_at) < PROMPTLY_SECONDS


async def test_a_server_that_nobody_vouches_for_is_unavailable(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    heard = await ask(provider, "say")

    assert type(heard.error) is ProviderUnavailable
    assert not secure_upstream.requests
