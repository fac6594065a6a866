"""How runs end: each with its own status, its text kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat.exceptions import RunNotFound
from chat.models import Run
from chat.protocol.events import Done, Error
from chat.runs.cancellation import record_cancel_request, request_cancel
from chat.runs.dispatch import close_dispatcher, current_dispatcher
from chat.runs.following import events_after, has_ended_by
from tests.runs.conftest import hear, hear_whole, stored
from tests.waiting import PATIENCE_SECONDS, wait_until


async def begun(turn: Any) -> None:
    """Wait until something of the answer was said."""
    await wait_until(lambda: (live := current_dispatcher().hub.get(turn.run.pk)) and live.text)


async def test_cancelling_keeps_what_was_already_said(say: Callable[..., Any]) -> None:
    turn = await say("/stall")
    await begun(turn)

    assert await request_cancel(turn.run.pk)
    held = await hear_whole(turn.run.pk)

    run = await stored(turn)
    assert run.status == Run.Status.CANCELLED
    assert held.content == run.message.content != ""
    assert isinstance(held.end, Done)
    assert held.end.status == "cancelled"


async def test_cancelling_an_ended_run_changes_nothing(say: Callable[..., Any]) -> None:
    turn = await say("/repeat hello")
    await hear(turn.run.pk)

    assert not await request_cancel(turn.run.pk)

    assert (await stored(turn)).status == Run.Status.COMPLETED


async def test_a_run_that_nobody_has_begun_can_be_cancelled(say: Callable[..., Any]) -> None:
    turn = await say("/stall")

    await request_cancel(turn.run.pk)
    held = await hear_whole(turn.run.pk)

    assert (await stored(turn)).status == Run.Status.CANCELLED
    assert isinstance(held.end, Done)


async def test_a_cancel_request_from_another_process_is_heard(say: Callable[..., Any]) -> None:
    turn = await say("/stall")
    await begun(turn)

    # The column is all that another process can write.
    await asyncio.to_thread(record_cancel_request, turn.run.pk)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await hear(turn.run.pk)
    assert (await stored(turn)).status == Run.Status.CANCELLED


async def test_cancelling_a_run_that_does_not_exist_says_so() -> None:
    with pytest.raises(RunNotFound):
        await request_cancel("00000000-0000-4000-8000-000000000000")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code", ["rate_limited", "provider_unavailable", "context_too_long", "quota_exceeded"]
)
async def test_a_failure_keeps_the_text_and_says_its_code(say: Callable[..., Any], code: str) -> None:
    turn = await say(f"/fail {code} after 3")

    held = await hear_whole(turn.run.pk)

    run = await stored(turn)
    assert run.status == Run.Status.FAILED
    assert run.error_code == code
    assert isinstance(held.end, Error)
    assert held.end.code == code
    assert held.end.trace_id == run.trace_id
    assert held.content == run.message.content != ""


async def test_a_silent_provider_ends_in_a_timeout(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(IDLE_TIMEOUT_SECONDS=0.3)
    turn = await say("/stall")

    held = await hear_whole(turn.run.pk)

    assert isinstance(held.end, Error)
    assert held.end.code == "provider_timeout"


async def test_an_answer_that_takes_too_long_ends_in_a_timeout(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(RUN_TIMEOUT_SECONDS=1)
    turn = await say("/long 10000\n/slow 10")

    held = await hear_whole(turn.run.pk)

    assert isinstance(held.end, Error)
    assert held.end.code == "provider_timeout"
    assert held.content


async def test_an_answer_that_is_too_long_is_cut_and_says_so(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(MAX_ANSWER_CHARACTERS=100)
    turn = await say("/long 1000")

    held = await hear_whole(turn.run.pk)

    assert isinstance(held.end, Error)
    assert 0 < len(held.content) <= 100


async def test_a_leaving_follower_does_not_end_the_run(say: Callable[..., Any]) -> None:
    turn = await say("/long 30\n/slow 10")
    await events_after(turn.run.pk, after=0, wait_seconds=1)

    await wait_until(lambda: has_ended(turn))

    assert (await stored(turn)).status == Run.Status.COMPLETED


async def has_ended(turn: Any) -> bool:
    return not (await stored(turn)).is_active


async def test_a_run_at_shutdown_may_finish_within_the_grace(say: Callable[..., Any]) -> None:
    turn = await say("/long 20\n/slow 25")
    await begun(turn)

    await close_dispatcher(grace_seconds=PATIENCE_SECONDS)

    assert (await stored(turn)).status == Run.Status.COMPLETED


async def test_a_follower_at_the_end_has_nothing_to_wait_for(say: Callable[..., Any]) -> None:
    turn = await say("/repeat hello")
    events = await hear(turn.run.pk)
    await close_dispatcher()

    assert await has_ended_by(turn.run.pk, events[-1].seq)
    assert not await has_ended_by(turn.run.pk, events[-1].seq - 1)
    assert await hear(turn.run.pk, after=events[-1].seq) == []
