"""What a page tells of a run, once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from django.urls import reverse

from tests.runs.conftest import hear, stored

REPORT = {"ttft_ms": 412, "stalls": 1, "reconnects": 2}


@pytest.fixture
async def turn(say: Callable[..., Any]) -> Any:
    turn = await say("Hello")
    await hear(turn.run.pk)
    return turn


async def report(client: AsyncClient, turn: Any, body: Any) -> Any:
    url = reverse("chat:run-report", args=[turn.run.pk])
    return await client.post(url, data=body, content_type="application/json")


async def kept(turn: Any) -> dict[str, int | None]:
    run = await stored(turn)
    return {"ttft_ms": run.client_ttft_ms, "stalls": run.client_stalls, "reconnects": run.client_reconnects}


async def test_a_report_is_kept_on_its_run(client: AsyncClient, turn: Any) -> None:
    answer = await report(client, turn, REPORT)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await kept(turn) == REPORT


async def test_the_second_report_changes_nothing(client: AsyncClient, turn: Any) -> None:
    await report(client, turn, {"ttft_ms": None, "stalls": 0, "reconnects": 0})

    again = await report(client, turn, REPORT)

    assert again.status_code == 204
    assert await kept(turn) == {"ttft_ms": None, "stalls": 0, "reconnects": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"ttft_ms": -1},
        {"ttft_ms": 3_600_001},
        {"ttft_ms": "412"},
        {"ttft_ms": 0.5},
        {"stalls": True},
        {"stalls": None},
        {"stalls": 10_001},
        {"reconnects": []},
        {"reconnects": 2**63},
    ],
)
async def test_what_no_page_can_have_seen_is_refused(client: AsyncClient, turn: Any, wrong: Any) -> None:
    answer = await report(client, turn, {**REPORT, **wrong})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == wrong.keys()
    assert set((await kept(turn)).values()) == {None}


async def test_nobody_reports_on_the_run_of_another(turn: Any) -> None:
    stranger = AsyncClient()
    await stranger.aforce_login(await get_user_model().objects.acreate(username="stranger"))

    assert (await report(stranger, turn, REPORT)).status_code == 404
    assert (await report(AsyncClient(), turn, REPORT)).status_code == 401
    assert set((await kept(turn)).values()) == {None}


async def test_a_report_needs_the_token_of_the_page(member: Any, turn: Any) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(member)

    assert (await report(client, turn, REPORT)).status_code == 403
