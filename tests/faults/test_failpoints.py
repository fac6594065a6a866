"""A run's task is cancelled at every await, and every call of the database and the log fails once."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created

from bench.upstream import ScriptedUpstream
from chat.database import close_lanes
from chat.models import Conversation, Run
from chat.protocol.events import Event
from chat.protocol.fold import fold_all
from chat.runs.dispatch import close_dispatcher
from chat.runs.following import follow_run
from chat.runs.hub import LiveRun
from chat.runs.turns import NewTurn, start_turn
from tests.faults.model import Story, new_story
from tests.faults.stepping import StepThrough
from tests.runs.conftest import configure, engine, hear
from tests.waiting import PATIENCE_SECONDS, wait_until

__all__ = ["configure", "engine"]

pytestmark = pytest.mark.slow

WORDS = 4
# The statements and log calls of a run of that length, with a margin: the last ones find nothing to fail.
MOST_CALLS = 40
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
async def nothing_left_behind(
    engine: None, upstream: ScriptedUpstream, configure: Callable[..., None]
) -> AsyncIterator[None]:
    """Leases that run out at once, the real provider; no task, thread, run or connection remains."""
    options = {"model_name": "scripted", "base_url": upstream.base_url, "max_retries": 0}
    configure(
        PROVIDER={"BACKEND": "chat.providers.openai.OpenAIProvider", "OPTIONS": options},
        LEASE_SECONDS=0.6,
        RECOVERY_SECONDS=0.1,
    )
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    yield
    await close_dispatcher()
    close_lanes()
    await wait_until(lambda: not upstream.connections)
    await wait_until(lambda: not (asyncio.all_tasks() - tasks - {asyncio.current_task()}))
    await wait_until(lambda: not lingering(threads))


@pytest.fixture
async def ask() -> Ask:
    """Have a story told in a conversation of its own; asks again, as a browser does, until it is begun."""
    member = await get_user_model().objects.acreate(username="member")

    async def begin(story: Story) -> Any:
        conversation = await Conversation.objects.acreate(owner=member, assistant="general")
        new = NewTurn(content=story.script, client_message_id=uuid4().hex)
        while True:
            try:
                return await start_turn(user=member, conversation_id=conversation.pk, new=new)
            except OperationalError:
                continue

    return begin


async def no_run_is_remembered() -> None:
    """Return when the dispatcher, which goes on, holds no run in memory any more."""
    # The factory knows the tasks, and their exceptions know the runs.
    asyncio.get_running_loop().set_task_factory(None)

    def is_forgotten() -> bool:
        gc.collect()
        # Not isinstance: it wakes the lazy objects that other tests left.
        return not any(type(one) is LiveRun for one in gc.get_objects())

    await wait_until(is_forgotten)


def lingering(known: set[threading.Thread]) -> list[threading.Thread]:
    """Return new threads that are the app's; those of the test's own ORM calls stay with the loop."""
    return [one for one in set(threading.enumerate()) - known if one.name.startswith("chat-")]


async def heard_whole(run_id: Any) -> list[Event]:
    """Follow to the end as a browser does: from the last position, whenever the following breaks."""
    events: list[Event] = []
    while not events or not events[-1].is_terminal:
        try:
            async with aclosing(follow_run(run_id, after=events[-1].seq if events else 0)) as following:
                async for event in following:
                    events += [event]
        except OperationalError:
            continue
    return events


async def assert_told_once(story: Story, turn: Any, events: list[Event], *, status: set[str]) -> None:
    """One end, in words and in the row; the text is the story's, whole if it was completed."""
    run = await Run.objects.select_related("message").aget(pk=turn.run.pk)
    assert run.status in status
    assert [event.is_terminal for event in events].count(True) == 1
    assert fold_all(events).content == run.message.content
    expected = story.text if run.status == Run.Status.COMPLETED else story.text[: len(run.message.content)]
    assert run.message.content == expected


async def waits_of_a_run(ask: Ask) -> int:
    """Return how often a run that nothing happens to waits."""
    loop = asyncio.get_running_loop()
    steps = StepThrough("Dispatcher._execute", cancel_at=lambda: 0)
    loop.set_task_factory(steps)
    await hear((await ask(new_story(words=WORDS, rate=100))).run.pk)
    loop.set_task_factory(None)
    return steps.stepped[0].waits


@pytest.mark.parametrize("takes_over", [False, True])
async def test_a_run_whose_task_is_cancelled_at_any_await_ends_once(
    ask: Ask, configure: Callable[..., None], upstream: ScriptedUpstream, takes_over: bool
) -> None:
    configure(TAKE_OVER=takes_over)
    waits = await waits_of_a_run(ask)
    places = iter(range(1, waits + 1))
    asyncio.get_running_loop().set_task_factory(
        # Who takes over is left alone.
        StepThrough("Dispatcher._execute", cancel_at=lambda: next(places, 0))
    )

    async def tell() -> None:
        story = new_story(words=WORDS, rate=100)
        turn = await ask(story)
        async with asyncio.timeout(PATIENCE_SECONDS):
            events = await heard_whole(turn.run.pk)
        await assert_told_once(story, turn, events, status={"completed", "interrupted"})

    await asyncio.gather(*(tell() for _ in range(waits)))
    assert next(places, None) is None, "not every run was stepped through"
    await wait_until(lambda: all(record.ended.is_set() for record in upstream.requests))
    await no_run_is_remembered()


async def test_a_follower_that_is_cancelled_at_any_await_leaves_nothing_behind(ask: Ask) -> None:
    place = 0
    asyncio.get_running_loop().set_task_factory(StepThrough("heard_whole", cancel_at=lambda: place))
    story = new_story(words=20, rate=100)
    turn = await ask(story)
    witness = asyncio.create_task(heard_whole(turn.run.pk))

    for place in range(1, 12):  # noqa: B007 - the factory looks at it
        leaving = asyncio.create_task(heard_whole(turn.run.pk))
        await asyncio.gather(leaving, return_exceptions=True)

    await assert_told_once(story, turn, await witness, status={"completed"})
    await no_run_is_remembered()


@pytest.mark.parametrize("fails_after", [False, True])
async def test_a_run_ends_once_whichever_call_of_the_log_fails(
    ask: Ask, configure: Callable[..., None], fails_after: bool
) -> None:
    for number in range(1, 8):
        options = {"fail_at": number, "fails_after": fails_after}
        configure(EVENT_LOG={"BACKEND": "tests.faults.failing_log.FailingLog", "OPTIONS": options})
        story = new_story(words=WORDS, rate=100)
        turn = await ask(story)
        async with asyncio.timeout(PATIENCE_SECONDS):
            events = await heard_whole(turn.run.pk)
        await assert_told_once(story, turn, events, status={"completed"})
        await close_dispatcher()


async def test_a_run_ends_once_whichever_statement_fails(ask: Ask, configure: Callable[..., None]) -> None:
    statements = FailingStatements()
    connection_created.connect(statements.watch)
    close_lanes()
    connections.close_all()
    try:
        for number in range(1, MOST_CALLS):
            story = new_story(words=WORDS, rate=100)
            statements.fail_after(number)
            turn = await ask(story)
            async with asyncio.timeout(PATIENCE_SECONDS):
                events = await heard_whole(turn.run.pk)
            statements.fail_after(0)
            await assert_told_once(story, turn, events, status={"completed"})
        await no_run_is_remembered()
    finally:
        connection_created.disconnect(statements.watch)


class FailingStatements:
    """Lets one statement of all connections fail, counted from when it was told to."""

    def __init__(self) -> None:
        self._left = 0
        self._lock = threading.Lock()

    def fail_after(self, number: int) -> None:
        """Fail the statement of that number from now; 0 is none."""
        with self._lock:
            self._left = number

    def watch(self, *, connection: Any, **_: object) -> None:
        """Count the statements of a new connection."""
        connection.execute_wrappers.append(self._execute)

    def _execute(self, execute: Any, *statement: Any) -> Any:
        with self._lock:
            self._left -= 1
            fails = self._left == 0
        if fails:
            raise OperationalError("failed by the test")
        return execute(*statement)
