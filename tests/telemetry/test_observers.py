"""What observers hear, and that they harm nothing."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, LogBatch, Run
from chat.protocol.events import Snapshot
from chat.runs.dispatch import current_dispatcher
from chat.telemetry import Observer, RunEnd, RunStart, Vitals
from tests.runs.conftest import hear, hear_whole, of_another_process, stored
from tests.waiting import wait_until

HEARD: list[str] = []


class Recording(Observer):
    """Keeps what it hears."""

    def run_started(self, run: RunStart) -> None:
        HEARD.append("started")

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        assert end.texts is None
        HEARD.append(f"ended {end.status}")

    def run_taken_over(self, *, is_continued: bool) -> None:
        HEARD.append("continued" if is_continued else "given up")

    def follower_returned(self, door: str) -> None:
        HEARD.append(f"returned {door}")

    def snapshot_sent(self) -> None:
        HEARD.append("snapshot")


class Breaking(Observer):
    """Raises whatever it hears."""

    def run_started(self, run: RunStart) -> None:
        raise ValueError

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        raise ValueError

    async def watch(self, vitals: Callable[[], Vitals]) -> None:
        raise ValueError


@pytest.fixture(autouse=True)
def recording(engine: None, configure: Callable[..., None]) -> None:
    HEARD.clear()
    configure(OBSERVERS=[f"{__name__}.Breaking", f"{__name__}.Recording"], RECOVERY_SECONDS=0.05)


async def test_an_observer_that_breaks_harms_neither_runs_nor_others(
    say: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    turn = await say("Hello")
    # Nobody follows: who comes as it ends may need a snapshot, which is told of, too.
    await wait_until(lambda: "ended completed" in HEARD)

    assert (await stored(turn)).status == Run.Status.COMPLETED
    assert HEARD == ["started", "ended completed"]
    told = [record for record in caplog.records if record.name == "chat.telemetry"]
    assert [record.levelno for record in told] == [logging.ERROR] * 3


async def test_a_run_of_a_dead_process_is_told_of_by_who_goes_on(say: Callable[..., Any]) -> None:
    turn = await say("/long 5\n/stall after 3")
    await of_another_process(turn, lease_seconds=-1, attempt=1)
    HEARD.clear()

    current_dispatcher()

    await wait_until(lambda: HEARD == ["continued", "started"])


async def test_a_snapshot_is_told_of_where_events_are_gone(say: Callable[..., Any]) -> None:
    turn = await say("/repeat heard")
    await hear(turn.run.pk)
    await wait_until(lambda: not current_dispatcher().hub.get(turn.run.pk))
    await wait_until(lambda: not current_dispatcher().vitals().journal_bytes)
    await LogBatch.objects.filter(run=turn.run.pk).adelete()

    events = await hear(turn.run.pk)

    assert events[0].type == Snapshot.type
    assert HEARD.count("snapshot") == 1
    assert (await hear_whole(turn.run.pk)).content.strip() == "heard"


async def test_who_asks_with_a_position_has_come_back_and_who_polls_has_not(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/long 5\n/stall after 3")
    url = reverse("chat:run-events", args=[turn.run.pk])

    await client.get(url)
    await client.get(url, {"after": "1"}, headers={"accept": "application/json"})
    assert "returned sse" not in HEARD
    await client.get(url, headers={"last-event-id": "1"})

    assert HEARD.count("returned sse") == 1
    live = current_dispatcher().hub.get(turn.run.pk)
    assert live is not None
    assert live.reconnects == 1
