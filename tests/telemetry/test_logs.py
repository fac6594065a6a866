"""The log lines of a run: one when it starts, one when it ends, and no word of anybody."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from chat.models import Run
from chat.runs.cancellation import request_cancel
from chat.runs.dispatch import close_dispatcher
from chat.runs.following import note_return
from tests.runs.conftest import hear, of_another_process, stored
from tests.waiting import wait_until

CANARY = "canary-7c1f"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """Return the lines of runs, as their fields."""
    caplog.set_level(logging.DEBUG)

    def found() -> list[dict[str, Any]]:
        return [vars(record) for record in caplog.records if hasattr(record, "trace_id")]

    return found


async def lines_of_end(lines: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    await wait_until(lambda: any(line["msg"] == "run ended" for line in lines()))
    return lines()


async def test_a_run_has_one_line_at_its_start_and_one_at_its_end(
    say: Callable[..., Any], member: Any, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    turn = await say("/long 20")
    await hear(turn.run.pk)

    start, end = await lines_of_end(lines)

    run = await stored(turn)
    about = {
        "trace_id": run.trace_id,
        "run": str(run.pk),
        "conversation": str(run.conversation_id),
        "user": str(member.pk),
        "model": "echo",
        "attempt": 1,
    }
    spent = {
        "status": "completed",
        "output_tokens": 20,
        "ttft_ms": run.ttft_ms,
        "duration_ms": run.duration_ms,
        "reconnects": 0,
    }
    assert (start["msg"], start["levelname"]) == ("run started", "INFO")
    assert (end["msg"], end["levelname"]) == ("run ended", "INFO")
    assert about.items() <= start.items()
    assert {**about, **spent}.items() <= end.items()
    assert end["input_tokens"] > 0


async def test_a_failure_is_said_in_the_line_of_the_end(
    say: Callable[..., Any], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    turn = await say("/fail rate_limited after 3")
    await hear(turn.run.pk)

    start, end = await lines_of_end(lines)

    assert start["msg"] == "run started"
    assert (end["levelname"], end["status"], end["error_code"]) == ("WARNING", "failed", "rate_limited")
    assert end["detail"]


async def test_who_came_back_is_counted_on_the_run(
    say: Callable[..., Any], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    turn = await say("/stall after 3")
    for _ in range(3):
        note_return(turn.run.pk, door="sse")
    await request_cancel(turn.run.pk)
    await hear(turn.run.pk)

    _, end = await lines_of_end(lines)

    assert end["reconnects"] == (await stored(turn)).reconnects == 3


async def test_a_run_that_its_process_left_has_its_end_where_it_ended(
    say: Callable[..., Any], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    await say("/long 20\n/stall after 3")
    await wait_until(lines)

    await close_dispatcher()

    assert [line["message"] for line in lines()] == ["run started", "run handed over"]


async def test_the_end_of_a_run_whose_process_died_is_told_too(
    say: Callable[..., Any],
    configure: Callable[..., None],
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    turn = await say("/long 20\n/stall after 3")
    await of_another_process(turn, lease_seconds=-1)
    configure(TAKE_OVER=False, RECOVERY_SECONDS=0.05)

    await hear(turn.run.pk)

    end = (await lines_of_end(lines))[-1]
    assert (end["status"], end["run"]) == (Run.Status.INTERRUPTED, str(turn.run.pk))


@pytest.mark.parametrize("script", ["/long 5", "/fail rate_limited after 2", "/repeat", "/empty"])
async def test_no_line_holds_a_word_of_the_conversation(
    say: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    lines: Callable[[], list[dict[str, Any]]],
    script: str,
) -> None:
    turn = await say(f"{script} {CANARY}\n{CANARY}")
    await hear(turn.run.pk)
    await lines_of_end(lines)

    for record in caplog.records:
        assert CANARY not in f"{record.getMessage()} {vars(record)}"
