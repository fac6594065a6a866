"""The metrics of a server with two processes, as `make serve` starts it."""

import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from tests.chatproject.test_serve import RESTART_SECONDS, ServedSite, all_workers_are_up
from tests.doors.visiting_member import begun_turn, signed_in
from tests.telemetry.scraping import scrape, total
from tests.waiting import wait_until

TOKEN = "a-token-of-the-test"
CANARY = "canary-7c1f"
RUNS = 8

pytestmark = pytest.mark.slow


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


@pytest.fixture
def site(tmp_path: Path, directory: Path) -> Iterator[ServedSite]:
    directory.mkdir()
    (directory / "counter_1.db").write_bytes(b"of a server that was killed")
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.doors.unpausing",
        "WORKERS": "2",
        "METRICS_TOKEN": TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(directory),
    }
    with ServedSite(tmp_path, environment).running() as site:
        yield site
    assert "Traceback" not in site.log()


@pytest.fixture
async def member(site: ServedSite) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(site) as member:
        # Each request over a connection of its own may go to either process.
        member.headers["Connection"] = "close"
        yield member


async def samples(site: ServedSite, name: str, **labels: str) -> float:
    return total(await scrape(site.url, TOKEN), name, **labels)


def pids_with_gauges(directory: Path) -> set[str]:
    return {
        found[1] for path in directory.iterdir() if (found := re.search(r"gauge_live\w+_(\d+)", path.name))
    }


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_any_process_tells_of_all(
    site: ServedSite, member: httpx2.AsyncClient, directory: Path
) -> None:
    await all_workers_are_up(site)
    paths = [(await begun_turn(member, f"/long 5\n/stall after 3\n{CANARY}"))[1] for _ in range(RUNS)]
    async with AsyncExitStack() as streams:
        for path in paths:
            await streams.enter_async_context(member.stream("GET", path))
        # A process that is not asked samples itself once a second.
        await wait_until(lambda: _is(RUNS, site, "chat_active_runs"))
        await wait_until(lambda: _is(RUNS, site, "chat_followers"))

    await wait_until(lambda: pids_with_gauges(directory) == site.workers())
    assert await samples(site, "chat_runs_started_total", gen_ai_request_model="echo") == RUNS
    assert CANARY not in str(await scrape(site.url, TOKEN))
    assert CANARY not in site.log()
    # A server that is told to end gives its runs time to do so.
    for path in paths:
        await member.post(path.replace("/events/", "/cancel/"))


async def test_of_a_process_that_is_gone_only_its_counts_are_left(
    site: ServedSite, member: httpx2.AsyncClient, directory: Path
) -> None:
    await all_workers_are_up(site)
    for _ in range(RUNS):
        _, path = await begun_turn(member, "Hello")
        await member.get(path)
    await wait_until(lambda: _is(RUNS, site, "chat_runs_ended_total"))
    killed = min(site.workers())

    os.kill(int(killed), signal.SIGKILL)

    # The supervisor starts another one in its place.
    await all_workers_are_up(site, 3)
    await wait_until(lambda: _is_forgotten(site, killed, directory), within_seconds=RESTART_SECONDS)
    assert await samples(site, "chat_runs_ended_total", status="completed") == RUNS


async def test_nothing_is_left_when_the_server_has_ended(site: ServedSite, directory: Path) -> None:
    await scrape(site.url, TOKEN)
    assert files_in(directory)

    site.stop()

    assert not files_in(directory)


async def _is(number: int, site: ServedSite, name: str) -> bool:
    return await samples(site, name) == number


async def _is_forgotten(site: ServedSite, pid: str, directory: Path) -> bool:
    await scrape(site.url, TOKEN)
    return pid not in pids_with_gauges(directory)
