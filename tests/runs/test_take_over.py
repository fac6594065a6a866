"""What becomes of an answer whose process ends: another one goes on with it, or it ends as it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now
from django.utils import timezone

from chat.eventlog.base import Batch, Refusal
from chat.eventlog.database import DatabaseEventLog
from chat.models import Run, Usage
from chat.models.run import from_now
from chat.protocol.codec import event_of
from chat.protocol.events import Done, Error, Event, Snapshot, Start, Token
from chat.protocol.fold import fold_all
from chat.providers.base import Chunk, FinishChunk, FinishReason, Prompt, TextChunk
from chat.providers.echo import EchoProvider
from chat.runs import records
from chat.runs.cancellation import request_cancel
from chat.runs.dispatch import close_dispatcher, current_dispatcher
from chat.runs.recovery import whole_text
from tests.runs.conftest import hear, of_another_process, stored
from tests.waiting import wait_until

WORDS = " ".join(f"word{number}" for number in range(1, 21))
ASKED: list[Prompt] = []


class RememberingEcho(EchoProvider):
    """Remembers what it was asked."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        ASKED.append(prompt)
        async for chunk in super().stream(prompt):
            yield chunk


@pytest.fixture(autouse=True)
def remembering(engine: None, configure: Callable[..., None]) -> None:
    ASKED.clear()
    backend = {"BACKEND": f"{__name__}.RememberingEcho", "OPTIONS": {"delay_seconds": 0}}
    configure(PROVIDER=backend, RECOVERY_SECONDS=0.05)


class UnstorableEcho(EchoProvider):
    """Finishes for a reason that no database takes."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        yield TextChunk(text="all of it")
        yield FinishChunk(reason=cast("FinishReason", "\ud83d"))


async def said_by(turn: Any) -> str:
    await wait_until(lambda: (live := current_dispatcher().hub.get(turn.run.pk)) and live.text)
    live = current_dispatcher().hub.get(turn.run.pk)
    return live.text if live else ""


def spoken(*texts: str) -> list[Event]:
    """A start, and a token for each text."""
    begin = Start(run="r", message="m", conversation="c", trace_id="t", model="echo", assistant="general")
    tokens = [event_of(seq, Token(content=text)) for seq, text in enumerate(texts, start=2)]
    return [event_of(1, begin), *tokens]


async def logged(run: Run, events: list[Event]) -> None:
    assert not await DatabaseEventLog().append([Batch(run_id=run.pk, fence=run.fence, events=events)])


async def test_a_process_that_ends_hands_its_answers_over(say: Callable[..., Any]) -> None:
    turn = await say("/long 20\n/stall after 3")
    heard: list[Event] = []

    async def follow() -> None:
        heard.extend(await hear(turn.run.pk))

    following = asyncio.ensure_future(follow())
    # It follows before the process ends, whatever has been said by then.
    await asyncio.sleep(0)
    await wait_until(lambda: "word3" in (current_dispatcher().hub.get(turn.run.pk) or Empty).text)

    await close_dispatcher()
    await following

    run = await stored(turn)
    held = fold_all(heard)
    assert run.status == Run.Status.QUEUED
    assert run.message.content == held.content == "word1 word2 word3 "
    assert run.checkpoint_seq == held.last_seq
    assert not heard[-1].is_terminal


class Empty:
    text = ""


async def test_the_next_process_goes_on_where_the_answer_stopped(say: Callable[..., Any]) -> None:
    # Long enough for a process that is late to end it in the middle.
    turn = await say("/long 20\n/slow 50")
    first_words = await said_by(turn)
    before = asyncio.ensure_future(hear(turn.run.pk))
    await asyncio.sleep(0)
    await close_dispatcher()
    heard = await before

    rest = await hear(turn.run.pk, after=heard[-1].seq)

    run = await stored(turn)
    assert run.status == Run.Status.COMPLETED
    assert run.attempt == 2
    assert fold_all([*heard, *rest]).content == run.message.content == WORDS
    assert [event.seq for event in [*heard, *rest]] == list(range(1, run.last_seq + 1))
    assert ASKED[-1].continues.startswith(first_words)
    assert not any(event.type in ("start", "snapshot") for event in rest)


async def test_the_answer_of_a_dead_process_is_continued(say: Callable[..., Any]) -> None:
    run = await of_another_process(await say("/long 20"), lease_seconds=-1)
    said = spoken("word1 ", "word2 ")
    await logged(run, said)

    whole = await hear(run.pk)

    await run.arefresh_from_db()
    assert run.status == Run.Status.COMPLETED
    assert run.attempt == 2
    assert fold_all(whole).content == WORDS
    # Position 9 is ahead of the log: the follower had heard what died with the process.
    for position in (0, 1, 2, 3, 9):
        held = fold_all(await hear(run.pk, after=position), fold_all(said[:position]))
        assert held.content == WORDS
        assert isinstance(held.end, Done)


async def test_the_dead_process_can_write_nothing_when_it_wakes_up(say: Callable[..., Any]) -> None:
    run = await of_another_process(await say("/long 20"), lease_seconds=-1)
    await logged(run, spoken("word1 "))
    await hear(run.pk)

    late = Batch(run_id=run.pk, fence=run.fence, events=[event_of(3, Token(content="zombie"))])
    refused = await DatabaseEventLog().append([late])

    assert refused == {run.pk: Refusal.LEASE_LOST}
    checkpoint = records.Checkpoint(
        run_id=run.pk, message_id=run.message_id, fence=run.fence, text="zombie", seq=3
    )
    await sync_to_async(records.record_checkpoints)([checkpoint])
    assert fold_all(await hear(run.pk)).content == WORDS


async def test_what_was_used_before_is_counted_once_and_said_to_be_an_estimate(
    say: Callable[..., Any],
) -> None:
    run = await of_another_process(await say("/long 20"), lease_seconds=-1)
    await logged(run, spoken("word1 ", "word2 "))
    ASKED.clear()
    await hear(run.pk)

    usage = await Usage.objects.aget(run=run)

    assert usage.accuracy == Usage.Accuracy.ESTIMATED
    assert 18 < usage.output_tokens < 25
    assert len(ASKED) == 1


@pytest.mark.parametrize("changes", [{"TAKE_OVER": False}, {"MAX_TAKE_OVERS": 0}])
async def test_without_take_over_the_answer_of_a_dead_process_ends_interrupted(
    say: Callable[..., Any], configure: Callable[..., None], changes: dict[str, Any]
) -> None:
    run = await of_another_process(await say("/long 20"), lease_seconds=-1)
    configure(**changes)
    ASKED.clear()
    said = spoken("Hel", "lo")
    await logged(run, said)

    await hear(run.pk)

    await run.arefresh_from_db()
    assert run.status == Run.Status.INTERRUPTED
    assert not ASKED
    for position in (0, 1, 2, 9):
        held = fold_all(await hear(run.pk, after=position), fold_all(said[:position]))
        assert held.content == "Hello"
        assert isinstance(held.end, Error)
        assert held.end.code == "interrupted"


async def test_without_take_over_a_run_at_shutdown_keeps_its_text_and_is_interrupted(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(TAKE_OVER=False)
    turn = await say("/stall")
    await said_by(turn)

    await close_dispatcher()

    run = await stored(turn)
    assert run.status == Run.Status.INTERRUPTED
    assert run.message.content


async def test_a_stop_that_comes_between_two_processes_is_heard_by_the_next(say: Callable[..., Any]) -> None:
    turn = await say("/long 20\n/stall after 3")
    await said_by(turn)
    await close_dispatcher()

    assert await request_cancel(turn.run.pk)
    held = fold_all(await hear(turn.run.pk))

    run = await stored(turn)
    assert run.status == Run.Status.CANCELLED
    assert held.content == run.message.content
    assert held.content.startswith("word1 ")
    assert (await Usage.objects.aget(run=run)).output_tokens
    assert len(ASKED) == 1


async def test_a_run_of_a_host_whose_clock_is_ahead_is_begun_all_the_same(say: Callable[..., Any]) -> None:
    turn = await say("/long 3")
    ahead = timezone.now() + timedelta(hours=1)
    queued = {"status": Run.Status.QUEUED, "lease_owner": None, "lease_expires_at": None, "attempt": 0}
    fresh = {"ended_at": None, "last_seq": 0, "created_at": ahead}
    # Whatever was said of it before its process ended is not there.
    await of_another_process(turn, lease_seconds=0, **queued, **fresh)

    held = fold_all(await hear(turn.run.pk))

    assert isinstance(held.end, Done)
    assert (await stored(turn)).status == Run.Status.COMPLETED


async def test_a_process_that_was_suspended_keeps_its_own_runs(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(LEASE_SECONDS=0.5)
    turn = await say("/long 20\n/stall after 3")
    await said_by(turn)

    await Run.objects.filter(pk=turn.run.pk).aupdate(lease_expires_at=from_now(-60))
    renewed = Run.objects.filter(pk=turn.run.pk, lease_expires_at__gt=Now())
    await wait_until(renewed.aexists)

    assert (await stored(turn)).attempt == 1
    assert current_dispatcher().hub.get(turn.run.pk) is not None


async def test_a_run_whose_lease_was_taken_is_left_alone_here(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(LEASE_SECONDS=0.3)
    turn = await say("/long 20\n/stall after 3")
    await said_by(turn)

    await Run.objects.filter(pk=turn.run.pk).aupdate(
        fence=2, lease_owner=uuid4(), lease_expires_at=from_now(60)
    )

    await wait_until(lambda: current_dispatcher().hub.get(turn.run.pk) is None)
    run = await stored(turn)
    assert (run.status, run.message.content) == (Run.Status.RUNNING, "")


async def test_an_end_that_the_database_refuses_is_a_failure(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(PROVIDER={"BACKEND": f"{__name__}.UnstorableEcho", "OPTIONS": {"delay_seconds": 0}})
    turn = await say("/long 3")

    held = fold_all(await hear(turn.run.pk))

    assert isinstance(held.end, Error)
    assert held.end.code == "internal"
    assert (await stored(turn)).status == Run.Status.FAILED


def test_text_after_a_gap_in_the_log_is_left_out() -> None:
    whole, gap = spoken("a", "b", "c", "d"), 3

    text, heard = whole_text("", 0, [event for event in whole if event.seq != gap])

    assert (text, heard) == ("a", 5)


def test_a_snapshot_closes_a_gap_in_the_log() -> None:
    events = [*spoken("a"), event_of(9, Snapshot(content="abc")), event_of(10, Token(content="d"))]

    assert whole_text("", 0, events) == ("abcd", 10)
