"""Doors over the running engine, with the engine's own fixtures, and the member's browser."""

from typing import Any

import pytest
from django.test import AsyncClient

from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["configure", "conversation", "engine", "member", "say"]


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    """The browser of the signed-in member."""
    client = AsyncClient()
    await client.aforce_login(member)
    return client
