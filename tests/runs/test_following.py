"""Snapshot + events = whole: at every position, live, from the log and from the row."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from chat.eventlog.base import Batch, LogUnavailable, Refusal
from chat.eventlog.database import DatabaseEventLog
from chat.models import LogBatch, Run
from chat.protocol.codec import event_of
from chat.protocol.events import Done, Error, Event, Snapshot, Token
from chat.protocol.fold import fold, fold_all
from chat.providers.base import Chunk, Prompt
from chat.providers.echo import EchoProvider
from chat.runs.dispatch import close_dispatcher, current_dispatcher
from chat.runs.engine import StopReason
from chat.runs.following import Follower, follow_run, note_return
from chat.runs.hub import BUFFER_BYTES, SPARE_BYTES, Hub, LiveRun
from tests.runs.conftest import hear, of_another_process, stored
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.mark.parametrize("source", ["hub", "log", "row"])
async def test_at_every_cut_the_rest_makes_the_whole(say: Callable[..., Any], source: str) -> None:
    turn = await say("/long 40")
    heard = await hear(turn.run.pk)
    answer = (await stored(turn)).message.content
    if source != "hub":
        await close_dispatcher()
    if source == "row":
        await LogBatch.objects.all().adelete()

    for k in range(len(heard)):
        rest = await hear(turn.run.pk, after=k)
        whole = fold_all(rest, fold_all(heard[:k]))
        assert whole.content == answer
        assert isinstance(whole.end, Done)


async def test_at_every_moment_a_new_follower_gets_the_whole(say: Callable[..., Any]) -> None:
    turn = await say("/long 30\n/slow 20")
    live = current_dispatcher().hub.get(turn.run.pk)
    assert live is not None
    seen = 0

    with Follower(turn.run.pk) as follower:
        while batch := await follower.next():
            seen = batch[-1].seq
            assert fold_all(live.take(0)).content == live.text

    assert seen == live.last_seq
    assert live.text == (await stored(turn)).message.content


async def test_who_comes_before_the_log_has_the_end_hears_every_event(
    say: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = current_dispatcher().log
    append, may_append = log.append, asyncio.Event()

    async def append_later(batches: Sequence[Batch]) -> Mapping[UUID, Refusal]:
        await may_append.wait()
        return await append(batches)

    monkeypatch.setattr(log, "append", append_later)
    turn = await say("/long 5")
    await wait_until(lambda: not current_dispatcher().vitals().active_runs)

    heard = await hear(turn.run.pk)
    may_append.set()

    assert [event.seq for event in heard] == list(range(1, (await stored(turn)).last_seq + 1))
    await wait_until(lambda: current_dispatcher().hub.get(turn.run.pk) is None)
    assert await hear(turn.run.pk) == heard


async def test_an_ended_run_is_not_kept_for_a_log_that_is_away(
    say: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise LogUnavailable

    turn = await say("/stall")
    monkeypatch.setattr(current_dispatcher().log, "append", refuse)
    current_dispatcher().stop(turn.run.pk, StopReason.CANCELLED)

    await wait_until(lambda: current_dispatcher().hub.get(turn.run.pk) is None)

    assert (await stored(turn)).status == Run.Status.CANCELLED
    assert fold_all(await hear(turn.run.pk)).end is not None


async def test_a_follower_far_behind_gets_one_snapshot() -> None:
    live = LiveRun(uuid4())
    big = "x" * 1000
    for _ in range(3 * BUFFER_BYTES // len(big)):
        live.publish(Token(content=big))

    events = live.take(1)

    assert [event.type for event in events] == [Snapshot.type]
    assert fold_all(events).content == live.text
    assert fold_all(events).last_seq == live.last_seq


async def test_a_follower_far_behind_an_ended_run_gets_a_snapshot_and_the_end() -> None:
    live = LiveRun(uuid4())
    for _ in range(3 * BUFFER_BYTES // 1000):
        live.publish(Token(content="x" * 1000))
    live.publish(Error(code="internal", message="", retryable=True, trace_id=""))

    held = fold_all(live.take(1))

    assert held.content == live.text
    assert isinstance(held.end, Error)


def test_the_buffer_of_a_run_is_bounded() -> None:
    live = LiveRun(uuid4())

    for _ in range(10 * BUFFER_BYTES // 1000):
        live.publish(Token(content="x" * 1000))

    assert sum(len(event.data) for event in live._events) <= BUFFER_BYTES + SPARE_BYTES + 2000


def test_a_relay_accepts_a_gap_only_before_a_snapshot() -> None:
    live = Hub().open(uuid4())
    live.relay(event_of(1, Token(content="a")))

    assert not live.relay(event_of(3, Token(content="c")))
    assert live.relay(event_of(9, Snapshot(content="abc")))
    assert live.relay(event_of(10, Token(content="d")))
    assert live.text == "abcd"
    assert fold_all(live.take(1)).content == "abcd"


async def test_a_run_of_another_process_is_followed_through_the_log(say: Callable[..., Any]) -> None:
    run = await of_another_process(await say("/stall"), lease_seconds=60)
    elsewhere = DatabaseEventLog()
    said = [event_of(1, Token(content="Hel")), event_of(2, Token(content="lo"))]
    await elsewhere.append([Batch(run_id=run.pk, fence=run.fence, events=said[:1])])
    live = None

    held = fold_all([])
    async for event in follow_run(run.pk):
        held = fold(held, event)
        if held.last_seq == 1:
            await elsewhere.append([Batch(run_id=run.pk, fence=run.fence, events=said[1:])])
        if held.last_seq == 2:
            live = current_dispatcher().hub.get(run.pk)
            break

    assert held.content == "Hello"
    assert live is not None
    await wait_until(lambda: current_dispatcher().hub.get(run.pk) is None)


class HeldEcho(EchoProvider):
    """Says nothing before it may."""

    may_speak: asyncio.Event

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        await self.may_speak.wait()
        async for chunk in super().stream(prompt):
            yield chunk


async def test_what_is_said_at_once_and_what_is_returned_is_the_whole_in_order(
    say: Callable[..., Any], configure: Callable[..., None]
) -> None:
    configure(PROVIDER={"BACKEND": f"{__name__}.HeldEcho", "OPTIONS": {"delay_seconds": 0.002}})
    HeldEcho.may_speak = asyncio.Event()
    turn = await say("/long 200")
    followed: list[int] = []
    told: list[int] = []

    def tell(event: Event) -> bool:
        # A reader who is slow now and then, and once breaks.
        if event.seq == 51:
            raise ConnectionError
        if event.seq % 10:
            followed.append(event.seq)
            told.append(event.seq)
        return bool(event.seq % 10)

    with Follower(turn.run.pk, tell=tell) as follower:
        HeldEcho.may_speak.set()
        while batch := await follower.next():
            followed += [event.seq for event in batch]

    assert followed == list(range(1, followed[-1] + 1))
    assert told
    assert followed[-1] not in told
    assert followed[-1] == (await stored(turn)).last_seq


async def test_a_reader_whose_time_has_come_is_woken_although_it_was_told_all() -> None:
    hub = Hub()
    ticking = asyncio.create_task(hub.run())
    live = hub.open(uuid4())
    told: list[Event] = []
    reader = EagerReader(told, until=0)

    waiting = asyncio.create_task(live.wait(reader))
    await asyncio.sleep(0)
    live.publish(Token(content="a"))

    assert await waiting
    assert [event.seq for event in told] == [1]
    ticking.cancel()


class EagerReader:
    """A reader who takes everything at once."""

    def __init__(self, told: list[Event], *, until: float) -> None:
        self.position = 0
        self.until = until
        self._told = told

    def hear(self, event: Event) -> bool:
        self._told.append(event)
        self.position = event.seq
        return True


async def test_who_comes_back_through_another_process_is_counted(say: Callable[..., Any]) -> None:
    run = await of_another_process(await say("/stall"), lease_seconds=60)
    said = [event_of(number, Token(content="a")) for number in (1, 2)]
    await DatabaseEventLog().append([Batch(run_id=run.pk, fence=run.fence, events=said)])

    async def is_counted() -> bool:
        return await Run.objects.filter(pk=run.pk, reconnects=2).aexists()

    with Follower(run.pk, after=1) as follower:
        note_return(run.pk, door="sse")
        note_return(run.pk, door="sse")
        await follower.next()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_counted():
                await follower.next(within_seconds=0.1)
