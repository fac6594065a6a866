"""What every event log promises; the same cases for each backend."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st

from chat.database import close_lanes
from chat.eventlog.base import Batch, EventLog, Refusal
from chat.eventlog.database import DatabaseEventLog
from chat.eventlog.redis import RedisEventLog
from chat.models import Conversation, Message, Run
from chat.models.run import from_now
from chat.protocol.codec import decode_fact, event_of
from chat.protocol.events import Event, Snapshot, Token
from tests.services.redis import RedisService
from tests.waiting import PATIENCE_SECONDS

NewRun = Callable[[], Awaitable[UUID]]


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.services)])
async def log(request: pytest.FixtureRequest, transactional_db: None) -> AsyncIterator[EventLog]:
    if request.param == "redis":
        redis: RedisService = request.getfixturevalue("redis")
        log: EventLog = RedisEventLog(url=redis.url(), prefix=f"contract-{uuid4()}")
    else:
        log = DatabaseEventLog()
    yield log
    await log.aclose()
    close_lanes()


@pytest.fixture
def new_run(transactional_db: None) -> NewRun:
    """Store a run that is held under fence 1."""

    async def make() -> UUID:
        owner, _ = await get_user_model().objects.aget_or_create(username="owner")
        conversation = await Conversation.objects.acreate(owner=owner, assistant="general")
        message = await Message.objects.acreate(conversation=conversation, role="assistant")
        run = await Run.objects.acreate(
            conversation=conversation,
            message=message,
            assistant="general",
            status=Run.Status.RUNNING,
            fence=1,
            lease_owner=message.pk,
            lease_expires_at=from_now(60),
        )
        return run.pk

    return make


def tokens(first: int, last: int) -> list[Event]:
    return [event_of(seq, Token(content=f"t{seq} ")) for seq in range(first, last + 1)]


def batch(run_id: UUID, first: int, last: int, *, fence: int = 1) -> Batch:
    return Batch(run_id=run_id, fence=fence, events=tokens(first, last))


async def test_what_was_appended_is_read_in_order(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()

    await log.append([batch(run_id, 1, 3)])
    await log.append([batch(run_id, 4, 4)])

    assert list((await log.read({run_id: 0}))[run_id]) == tokens(1, 4)


@pytest.mark.parametrize("after", range(6))
async def test_reading_begins_after_any_position(log: EventLog, new_run: NewRun, after: int) -> None:
    run_id = await new_run()
    await log.append([batch(run_id, 1, 3), batch(run_id, 4, 5)])

    found = await log.read({run_id: after})

    assert list(found.get(run_id, ())) == tokens(after + 1, 5)


async def test_runs_do_not_mix(log: EventLog, new_run: NewRun) -> None:
    one, other = await new_run(), await new_run()

    await log.append([batch(one, 1, 2), batch(other, 1, 3)])

    found = await log.read({one: 0, other: 2})
    assert list(found[one]) == tokens(1, 2)
    assert list(found[other]) == tokens(3, 3)


async def test_a_run_without_news_is_left_out(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()
    await log.append([batch(run_id, 1, 2)])

    assert run_id not in await log.read({run_id: 2})
    assert await log.read({}) == {}


async def test_appending_again_adds_nothing(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()
    same = batch(run_id, 1, 3)

    await log.append([same])
    await log.append([same, batch(run_id, 4, 4)])

    assert list((await log.read({run_id: 0}))[run_id]) == tokens(1, 4)


async def test_a_writer_whose_lease_was_taken_adds_nothing(log: EventLog, new_run: NewRun) -> None:
    run_id, other = await new_run(), await new_run()
    await log.append([batch(run_id, 1, 2)])
    await Run.objects.filter(pk=run_id).aupdate(fence=2)
    await log.append([batch(run_id, 3, 3, fence=2)])

    refused = await log.append([batch(run_id, 4, 5), batch(other, 1, 1)])

    assert refused == {run_id: Refusal.LEASE_LOST}
    assert list((await log.read({run_id: 0}))[run_id]) == tokens(1, 3)
    assert list((await log.read({other: 0}))[other]) == tokens(1, 1)


async def test_waiting_names_a_watched_run_that_another_process_appended_to(
    log: EventLog, new_run: NewRun
) -> None:
    run_id = await new_run()
    await log.watch(run_id)
    heard: list[Event] = []

    async def follow() -> None:
        while not heard:
            for rung in await log.wait([run_id]):
                heard.extend((await log.read({rung: 0})).get(rung, ()))

    following = asyncio.create_task(follow())
    await log.append([batch(run_id, 1, 2)])

    async with asyncio.timeout(PATIENCE_SECONDS):
        await following
    assert heard == tokens(1, 2)
    await log.unwatch([run_id])


async def test_waiting_ends_although_nothing_comes(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()
    await log.watch(run_id)

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert list(await log.wait([run_id])) == [run_id]
        assert list(await log.wait([run_id])) == [run_id]


async def test_a_snapshot_after_a_gap_is_read_where_it_stands(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()
    whole = event_of(1000, Snapshot(content="whole"))
    await log.append([batch(run_id, 1, 2), Batch(run_id=run_id, fence=1, events=[whole])])

    assert list((await log.read({run_id: 0}))[run_id]) == [*tokens(1, 2), whole]


async def test_dropped_runs_are_forgotten(log: EventLog, new_run: NewRun) -> None:
    run_id, other = await new_run(), await new_run()
    await log.append([batch(run_id, 1, 2), batch(other, 1, 1)])

    await log.drop([run_id])

    assert run_id not in await log.read({run_id: 0})
    assert list((await log.read({other: 0}))[other]) == tokens(1, 1)


async def test_a_long_log_is_read_in_several_calls(log: EventLog, new_run: NewRun) -> None:
    run_id = await new_run()
    await log.append([batch(run_id, seq, seq) for seq in range(1, 1201)])
    heard: list[Event] = []

    while more := (await log.read({run_id: heard[-1].seq if heard else 0})).get(run_id):
        heard.extend(more)

    assert heard == tokens(1, 1200)


@pytest.mark.parametrize("text", ["\n", "\r\n", "\u2028", "한국어", "👋", '"\\', "\x00", "data: x\n\nid: 9"])
async def test_any_text_comes_back_as_it_was(log: EventLog, new_run: NewRun, text: str) -> None:
    run_id = await new_run()
    said = [event_of(1, Token(content=text)), event_of(2, Token(content="after"))]

    await log.append([Batch(run_id=run_id, fence=1, events=said)])

    assert list((await log.read({run_id: 0}))[run_id]) == said


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_event_is_one_line_whatever_it_says(text: str) -> None:
    data = event_of(1, Token(content=text)).data

    assert b"\n" not in data
    assert decode_fact(data) == Token(content=text)
