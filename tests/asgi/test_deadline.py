"""Sends that wait too long end as if the client had left; everything else is as without the deadline."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from chat.asgi.deadline import WatchedConnection, WriteDeadline
from chat.asgi.interface import Message
from tests.waiting import PATIENCE_SECONDS, wait_until

BODY = {"type": "http.response.body", "body": b"x", "more_body": True}


class Peer:
    """A server's side of a connection: it takes messages while it reads."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.reads = asyncio.Event()
        self.heard: asyncio.Queue[Message] = asyncio.Queue()

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.taken.append(message)


@pytest.fixture(autouse=True)
def short(settings: Settings) -> None:
    settings.CHAT = {"WRITE_TIMEOUT_SECONDS": 0.2}


@pytest.fixture
async def peer() -> Peer:
    return Peer()


@pytest.fixture
def watched(peer: Peer) -> Callable[..., WatchedConnection]:
    deadline = WriteDeadline()

    def watch(kind: str = "http") -> WatchedConnection:
        return deadline.watch(kind, peer.heard.get, peer.send)

    return watch


@pytest.mark.parametrize(
    ("kind", "disconnect"),
    [("http", {"type": "http.disconnect"}), ("websocket", {"type": "websocket.disconnect", "code": 1006})],
)
async def test_an_application_whose_peer_takes_nothing_hears_that_it_left(
    watched: Callable[..., WatchedConnection], peer: Peer, kind: str, disconnect: Message
) -> None:
    connection = watched(kind)
    listening = asyncio.create_task(connection.receive())

    async with asyncio.timeout(PATIENCE_SECONDS):
        await connection.send(BODY)
        await connection.send(BODY)

        assert await listening == disconnect
        assert await connection.receive() == disconnect
    assert not peer.taken


async def test_a_slow_peer_that_takes_something_in_time_is_kept(
    watched: Callable[..., WatchedConnection], peer: Peer, settings: Settings
) -> None:
    # All in all they take longer than one of them may; a pause of the machine does not.
    settings.CHAT = {"WRITE_TIMEOUT_SECONDS": 2}
    connection = watched()

    for _ in range(9):
        peer.reads.clear()
        asyncio.get_running_loop().call_later(0.25, peer.reads.set)
        await connection.send(BODY)

    assert len(peer.taken) == 9


async def test_who_is_cancelled_while_sending_or_receiving_is_cancelled(
    watched: Callable[..., WatchedConnection],
) -> None:
    connection = watched()
    tasks = [asyncio.create_task(connection.send(BODY)), asyncio.create_task(connection.receive())]
    await asyncio.sleep(0)

    for task in tasks:
        task.cancel()

    assert [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]


async def test_a_cancellation_in_the_moment_of_the_deadline_is_not_lost(
    watched: Callable[..., WatchedConnection],
) -> None:
    connection = watched()
    sending = asyncio.create_task(connection.send(BODY))
    receiving = asyncio.create_task(connection.receive())
    await asyncio.sleep(0)

    connection.drop()
    for task in (sending, receiving):
        task.cancel()
    sending.cancel()

    assert [type(one) for one in await asyncio.gather(sending, receiving, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]


async def test_without_a_deadline_a_send_may_wait(
    watched: Callable[..., WatchedConnection], peer: Peer, settings: Settings
) -> None:
    settings.CHAT = {"WRITE_TIMEOUT_SECONDS": 0}
    sending = asyncio.create_task(watched().send(BODY))

    peer.reads.set()

    await wait_until(sending.done)
    assert peer.taken == [BODY]


async def test_one_timer_looks_after_all_sends_and_none_where_nobody_waits(
    watched: Callable[..., WatchedConnection], peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    call_later = loop.call_later
    timers = []

    def counted(*arguments: Any) -> asyncio.TimerHandle:
        timers.append(arguments)
        return call_later(*arguments)

    monkeypatch.setattr(loop, "call_later", counted)
    peer.reads.set()

    for _ in range(1000):
        await watched().send(BODY)

    assert len(timers) == 1
