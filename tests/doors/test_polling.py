"""Followers that cannot stream: pages of events as JSON."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Message
from tests.runs.conftest import hear
from tests.waiting import PATIENCE_SECONDS

JSON = {"accept": "application/json"}


async def poll(client: AsyncClient, turn: Any, **asked: str | int) -> dict[str, Any]:
    response = await client.get(reverse("chat:run-events", args=[turn.run.pk]), asked, headers=JSON)
    assert response.status_code == 200
    page: dict[str, Any] = response.json()
    return page


async def test_an_answer_is_heard_whole_page_by_page(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/long 200")
    heard: list[dict[str, Any]] = []

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not heard or heard[-1]["type"] != "done":
            heard += (await poll(client, turn, after=heard[-1]["seq"] if heard else 0, wait=5))["events"]

    said = ""
    for before, event in pairwise([{"seq": 0}, *heard]):
        # A poll that comes just after the end may find the log a moment behind, and gets the whole.
        assert event["seq"] == before["seq"] + 1 or event["type"] == "snapshot"
        said = event["content"] if event["type"] == "snapshot" else said + event.get("content", "")
    assert said == (await Message.objects.aget(role="assistant")).content


@pytest.mark.parametrize("beyond", [0, 1, 2**50])
async def test_after_the_end_there_is_an_empty_page(
    client: AsyncClient, say: Callable[..., Any], beyond: int
) -> None:
    turn = await say("/repeat hello")
    end = (await hear(turn.run.pk))[-1].seq

    assert await poll(client, turn, after=end + beyond, wait=5) == {"events": [], "status": "completed"}


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "1e999", "soon", ""])
async def test_a_wait_that_is_no_time_is_answered_too(
    client: AsyncClient, say: Callable[..., Any], wait: str
) -> None:
    turn = await say("/repeat hello")
    await hear(turn.run.pk)

    page = await poll(client, turn, wait=wait)

    assert page["events"][-1]["type"] == "done"


async def test_who_waits_is_answered_as_soon_as_there_is_something(
    client: AsyncClient, say: Callable[..., Any]
) -> None:
    turn = await say("/stall after 1")
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["type"] != "token":
        heard += (await poll(client, turn, after=heard[-1]["seq"] if heard else 0, wait=5))["events"]
    position = heard[-1]["seq"]
    waiting = asyncio.ensure_future(poll(client, turn, after=position, wait=25))

    await client.post(reverse("chat:run-cancel", args=[turn.run.pk]))

    async with asyncio.timeout(PATIENCE_SECONDS):
        page = await waiting
    assert page["events"][-1]["status"] == "cancelled"
    assert page["status"] == "cancelled"
