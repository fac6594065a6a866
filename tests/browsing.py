"""A member's browser, without a screen: what it asks for goes straight into the application."""

from typing import Any

import pytest
from django.test import AsyncClient


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    """The browser of the signed-in member."""
    return await signed_in(member)


async def signed_in(user: Any) -> AsyncClient:
    """Return a new browser in which the user is signed in."""
    client = AsyncClient()
    await client.aforce_login(user)
    return client
