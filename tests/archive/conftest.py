"""Imports and exports over the running doors: the same fixtures as the engine's own tests."""

from typing import Any

import pytest
from django.test import AsyncClient

from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["configure", "conversation", "engine", "member", "say"]


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(member)
    return client
