"""What comes in an address and is none of ours: cursors that no page gave out."""

import base64
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse

SOME_ID = UUID(int=1)


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(member)
    return client


def cursor(moment: str, row_id: object) -> str:
    return base64.urlsafe_b64encode(f"{moment} {row_id}".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "forged",
    [
        cursor("0001-01-01T00:00:00+23:59", SOME_ID),
        cursor("9999-12-31T23:59:59-23:59", SOME_ID),
        cursor("2026-01-01T00:00:00", SOME_ID),
        cursor("2026-01-01T00:00:00+00:00", "no id"),
        cursor("yesterday", SOME_ID),
    ],
)
async def test_a_forged_cursor_is_refused_by_lists_and_ignored_by_pages(
    client: AsyncClient, forged: str
) -> None:
    listed = await client.get(reverse("chat:conversations"), {"cursor": forged})
    shown = await client.get(reverse("chat:index"), {"list": forged, "until": forged})

    assert (listed.status_code, listed.json()["error"]["code"]) == (400, "invalid")
    assert shown.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/chat/", "/chat/api/conversations/"])
async def test_every_view_answers_where_requests_are_atomic(
    client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)

    assert (await client.get(path)).status_code == 200
