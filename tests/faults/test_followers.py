"""Followers of all kinds: on another worker, in great number, that read nothing, that come and go."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet, Worker
from tests.faults.telling import Telling
from tests.waiting import PATIENCE_SECONDS, all_but_the_slowest, measured_lateness, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]

# What a follower elsewhere may be behind one at the run's own worker, as a bound and not as a benchmark:
# at most the log's interval and the readers' pace, and what a busy machine adds.
BEHIND_SECONDS = {"redis": 0.3, "database": 1.0}
# On the way: the worker here, the log, the worker elsewhere, the model.
PROCESSES = 4
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def fleets(new_fleet: NewFleet) -> dict[str, Fleet]:
    """Two workers with each event log."""
    return {log: new_fleet(2, log=log) for log in BEHIND_SECONDS}


@pytest.fixture
def fleet(fleets: dict[str, Fleet]) -> Fleet:
    return fleets["redis"]


async def test_live_text_reaches_another_worker_in_time(fleets: dict[str, Fleet], tell: Tell) -> None:
    await asyncio.gather(
        *(assert_near(fleets[log], tell, within_seconds=seconds) for log, seconds in BEHIND_SECONDS.items())
    )


async def assert_near(fleet: Fleet, tell: Tell, *, within_seconds: float) -> None:
    here, elsewhere = fleet.workers
    telling = await tell(fleet, here, words=60, rate=20)
    near, far = telling.follow(here), telling.follow(elsewhere)

    async with measured_lateness() as late:
        await telling.conclude(status="completed")

    heard_near = {heard.event.seq: heard.at for heard in near.history}
    behind = [heard.at - heard_near[heard.event.seq] for heard in far.history]
    # A pause of the machine is not the product's.
    assert all_but_the_slowest(behind) < within_seconds + PROCESSES * all_but_the_slowest(late)


@pytest.mark.parametrize("log", BEHIND_SECONDS)
async def test_a_stop_at_another_worker_is_heard_in_time(
    fleets: dict[str, Fleet], tell: Tell, log: str
) -> None:
    here, elsewhere = (fleet := fleets[log]).workers
    telling = await tell(fleet, here, words=4000)
    telling.follow(here)
    telling.follow(elsewhere)
    await telling.heard(10)

    async with measured_lateness() as late:
        stopped_at = await telling.stop(elsewhere)
        await telling.conclude(status="cancelled")

    (call,) = await telling.calls()
    assert call.closed_at is not None
    assert call.closed_at - stopped_at < 1 + PROCESSES * max(late)


async def test_two_hundred_followers_of_one_run_all_have_the_whole_text(fleet: Fleet, tell: Tell) -> None:
    here, elsewhere = fleet.workers
    before = [worker.held() for worker in fleet.workers]
    # Longer than a slow machine takes to connect them all, and no faster than it can tell them.
    telling = await tell(fleet, here, words=4000, rate=2)
    for number in range(200):
        telling.follow(fleet.workers[number % 2], socket=number % 10 == 0)
    await telling.heard(3, within_seconds=4 * PATIENCE_SECONDS)
    during = [worker.held() for worker in fleet.workers]

    await telling.stop(here)
    await telling.conclude(status="cancelled")

    # A follower is a number and a connection; uvicorn and the socket take some.
    for earlier, later in zip(before, during, strict=True):
        assert later.rss_bytes - earlier.rss_bytes < 100 * 200 * 1024
        assert later.threads - earlier.threads < 12
    await wait_until(lambda: here.held().descriptors < during[0].descriptors - 50)
    await wait_until(lambda: elsewhere.held().descriptors < during[1].descriptors - 50)


async def test_a_follower_that_connects_a_hundred_times_has_the_whole_text(fleet: Fleet, tell: Tell) -> None:
    here, _ = fleet.workers
    telling = await tell(fleet, here, words=4000, rate=50)
    telling.follow(here)
    restless = telling.follow(here, hops_after=1)

    await wait_until(lambda: restless.connections > 100, within_seconds=2 * PATIENCE_SECONDS)
    await telling.stop(here)

    await telling.conclude(status="cancelled")


async def test_a_follower_that_reads_nothing_costs_nothing(fleet: Fleet, tell: Tell) -> None:
    here, elsewhere = fleet.workers
    telling = await tell(fleet, here, script="endless_answer")
    before = here.held()
    with deaf_followers(telling, here, number=20):
        telling.follow(here)
        telling.follow(elsewhere)
        # MAX_ANSWER_CHARACTERS ends it: 200 kB for each of them, and none is taken.
        stored = await telling.ended()
        during = here.held()

    assert stored.status == "failed"
    assert len(stored.content) > 150_000
    assert during.rss_bytes - before.rss_bytes < 20 * MEGABYTE


@contextmanager
def deaf_followers(telling: Telling, worker: Worker, *, number: int) -> Iterator[None]:
    """Open followers that ask, and then read nothing, with as small a buffer as the system gives."""
    sockets: list[socket.socket] = []
    try:
        for _ in range(number):
            one = socket.socket()
            sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", worker.port))
            one.sendall(telling.request_to_follow(worker.port))
        yield
    finally:
        for one in sockets:
            one.close()
