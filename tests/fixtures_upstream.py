"""The scripted upstream, and the real provider that asks it, for every test that wants the real wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

# Every process of the tests reads this file, and few of them ask a model: openai takes a second to import.
if TYPE_CHECKING:
    from bench.upstream import ScriptedUpstream
    from chat.providers.openai import OpenAIProvider


PLANTED_KEY = "sk-planted-4f2c9e-never-to-be-seen"


@pytest.fixture
async def upstream() -> "AsyncIterator[ScriptedUpstream]":
    """A scripted OpenAI-compatible server on a port of its own."""
    from bench.upstream import ScriptedUpstream

    async with ScriptedUpstream() as server:
        yield server


@pytest.fixture
async def openai_provider(upstream: "ScriptedUpstream") -> "AsyncIterator[OpenAIProvider]":
    """The provider, pointed at the scripted upstream, which soon gives up in a silence, without retries."""
    async with aclosing(provider_of(upstream, read_timeout_seconds=1.0)) as provider:
        yield provider


@pytest.fixture
async def patient_provider(upstream: "ScriptedUpstream") -> "AsyncIterator[OpenAIProvider]":
    """The same, for whom no silence of a busy machine is too long."""
    async with aclosing(provider_of(upstream, read_timeout_seconds=60.0)) as provider:
        yield provider


def provider_of(upstream: "ScriptedUpstream", *, read_timeout_seconds: float) -> "OpenAIProvider":
    from chat.providers.openai import OpenAIProvider

    return OpenAIProvider(
        model_name="scripted",
        api_key=PLANTED_KEY,
        base_url=upstream.base_url,
        read_timeout_seconds=read_timeout_seconds,
        max_retries=0,
    )
