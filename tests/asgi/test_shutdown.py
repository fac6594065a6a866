"""The app's ASGI wrapper: what happens to runs when the server is told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from chat.asgi import ChatASGI
from chat.asgi.interface import Message, Receive, Scope, Send
from chat.models import Run
from chat.runs.dispatch import current_dispatcher
from chat.runs.queueing import Turn
from tests.runs.conftest import configure, conversation, engine, member, say, stored
from tests.waiting import PATIENCE_SECONDS, wait_until

__all__ = ["configure", "conversation", "engine", "member", "say"]

Say = Callable[..., Awaitable[Turn]]


@pytest.fixture(autouse=True)
def sigterm() -> Iterator[None]:
    """Let a test send the signal to its own process."""
    earlier = signal.signal(signal.SIGTERM, lambda number, frame: None)
    yield
    signal.signal(signal.SIGTERM, earlier)


async def no_site(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("no request is made here")


@asynccontextmanager
async def served() -> AsyncIterator[None]:
    """Start the wrapper as a server does, and at the end tell it that the server has shut down."""
    said: asyncio.Queue[Message] = asyncio.Queue()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    lifespan = asyncio.create_task(ChatASGI(no_site)({"type": "lifespan"}, said.get, heard.put))
    await said.put({"type": "lifespan.startup"})
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    yield
    await said.put({"type": "lifespan.shutdown"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        await lifespan
    assert (await heard.get())["type"] == "lifespan.shutdown.complete"


async def wait_until_said(turn: Turn) -> None:
    def has_text() -> bool:
        live = current_dispatcher().hub.get(turn.run.pk)
        return live is not None and bool(live.text)

    await wait_until(has_text)


async def test_a_run_that_nobody_follows_may_finish_after_sigterm(say: Say) -> None:
    async with served():
        turn = await say("/long 20\n/slow 50")
        await wait_until_said(turn)
        os.kill(os.getpid(), signal.SIGTERM)
        # Where no stream is open, a server goes on to its shutdown at once.
        await asyncio.sleep(0)

    run = await stored(turn)
    assert run.status == Run.Status.COMPLETED
    assert len(run.message.content.split()) == 20


async def test_a_run_that_takes_longer_than_the_grace_ends_as_interrupted(
    say: Say, configure: Callable[..., None]
) -> None:
    configure(SHUTDOWN_GRACE_SECONDS=0.1, TAKE_OVER=False)
    async with served():
        turn = await say("/stall after 3")
        await wait_until_said(turn)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)

    run = await stored(turn)
    assert run.status == Run.Status.INTERRUPTED
    assert run.message.content


async def test_a_shutdown_without_a_signal_ends_runs_at_once(
    say: Say, configure: Callable[..., None]
) -> None:
    configure(TAKE_OVER=False)
    async with served():
        turn = await say("/stall after 3")
        await wait_until_said(turn)

    assert (await stored(turn)).status == Run.Status.INTERRUPTED
