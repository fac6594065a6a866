"""The scripted upstream, and the real provider that asks it, for every test that wants the real wire."""

from collections.abc import AsyncIterator

import pytest

from bench.upstream import ScriptedUpstream
from chat.providers.openai import OpenAIProvider

PLANTED_KEY = "sk-planted-4f2c9e-never-to-be-seen"


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    """A scripted OpenAI-compatible server on a port of its own."""
    async with ScriptedUpstream() as server:
        yield server


@pytest.fixture
async def openai_provider(upstream: ScriptedUpstream) -> AsyncIterator[OpenAIProvider]:
    """The provider, pointed at the scripted upstream, with short timeouts and no retries."""
    provider = OpenAIProvider(
        model_name="scripted",
        api_key=PLANTED_KEY,
        base_url=upstream.base_url,
        read_timeout_seconds=0.5,
        max_retries=0,
    )
    yield provider
    await provider.aclose()
