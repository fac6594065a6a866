"""The server of `make serve`: its processes, its shutdown, whom it believes, what it takes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.doors.visiting_member import begun_turn, cookies_of, signed_in
from tests.serving import Site
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow

RESTART_SECONDS = 60.0
MAX_BODY_BYTES = 512 * 1024
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "kq3Wm0Xr7tBz5yHs9uNd2vGf4jLp6cEa8iOxTnRwQbZhUgYkMl",
    "ALLOWED_HOSTS": "127.0.0.1",
}


class ServedSite(Site):
    """A site under the runner of `make serve`, which supervises two workers."""

    def _command(self) -> list[str]:
        return ["env", f"PORT={self.port}", sys.executable, "-m", "chatproject.serve"]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def workers(self) -> set[str]:
        """Return the ids of the processes that serve."""
        return {line.split("[")[1].split("]")[0] for line in self._lines("Started server process")}

    def ended_workers(self) -> set[str]:
        return {line.split("[")[1].split("]")[0] for line in self._lines("Finished server process")}

    def _lines(self, part: str) -> list[str]:
        return [line for line in self.log().splitlines() if part in line]


class ShellSite(ServedSite):
    """The same as the whole command does it, static files included."""

    def _command(self) -> list[str]:
        python = Path(sys.executable).parent
        return ["env", f"PORT={self.port}", f"PATH={python}:{os.environ['PATH']}", "scripts/serve.sh"]


@pytest.fixture(scope="module")
def lasting_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """One of a single worker, for tests that leave it as it is."""
    environment = {"DJANGO_SETTINGS_MODULE": "tests.doors.unpausing", "WORKERS": "1"}
    with ServedSite(tmp_path_factory.mktemp("site"), environment).running() as site:
        yield site
    assert "Traceback" not in site.log()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ServedSite]:
    with ServedSite(
        tmp_path, {"DJANGO_SETTINGS_MODULE": "tests.doors.unpausing", "WORKERS": "2"}
    ).running() as site:
        yield site
    assert "Traceback" not in site.log()


async def all_workers_are_up(site: ServedSite, number: int = 2) -> None:
    await wait_until(lambda: len(site.workers()) >= number, within_seconds=RESTART_SECONDS)


async def test_sighup_replaces_every_worker_and_refuses_nobody(site: ServedSite) -> None:
    await all_workers_are_up(site)
    before = site.workers()
    statuses: set[int] = set()

    async with httpx2.AsyncClient(base_url=site.url, timeout=PATIENCE_SECONDS) as client:
        site.signal(signal.SIGHUP)
        async with asyncio.timeout(RESTART_SECONDS):
            while not site.ended_workers() >= before:
                # A connection that is accepted with the signal may be closed before it is read; browsers and
                # proxies ask again then. None may find nobody listening, or an error.
                with suppress(httpx2.RemoteProtocolError):
                    answer = await client.get("/healthz", headers={"Connection": "close"})
                    statuses.add(answer.status_code)

    assert statuses == {200}
    assert len(site.workers() - before) == 2


async def test_an_open_stream_is_told_to_its_end_after_sigterm(site: ServedSite) -> None:
    async with signed_in(site) as member:
        _, path = await begun_turn(member, "/long 40\n/slow 50")
        async with member.stream("GET", path) as response:
            parts = response.aiter_text()
            heard = await anext(parts)
            site.begin_stop()
            async with asyncio.timeout(PATIENCE_SECONDS):
                async for part in parts:
                    heard += part

    assert '"status":"completed"' in heard
    site.stop()
    assert site.workers() == site.ended_workers()


async def test_sigterm_is_heard_during_a_restart(site: ServedSite) -> None:
    await all_workers_are_up(site)
    site.signal(signal.SIGHUP)
    await all_workers_are_up(site, 3)

    site.stop()

    assert len(site.workers()) < 4


async def test_workers_whose_supervisor_was_killed_give_up_the_port(site: ServedSite) -> None:
    await all_workers_are_up(site)

    site.kill()

    await wait_until(lambda: site.workers() == site.ended_workers(), within_seconds=PATIENCE_SECONDS)
    site.start()


async def test_the_server_does_not_say_what_it_is(lasting_site: ServedSite) -> None:
    async with httpx2.AsyncClient(base_url=lasting_site.url, timeout=PATIENCE_SECONDS) as client:
        answer = await client.get("/healthz")

    assert "server" not in answer.headers


@pytest.mark.parametrize(("trusted", "status"), [("", 301), ("127.0.0.1", 401), ("198.18.0.1", 301)])
async def test_only_a_proxy_that_is_named_is_believed(tmp_path: Path, trusted: str, status: int) -> None:
    environment = {**PRODUCTION, "WORKERS": "1"} | ({"FORWARDED_ALLOW_IPS": trusted} if trusted else {})
    site = ServedSite(tmp_path, environment)
    site.start()
    try:
        async with httpx2.AsyncClient(base_url=site.url, timeout=PATIENCE_SECONDS) as client:
            forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
            answer = await client.get("/chat/api/conversations/", headers=forwarded)
    finally:
        site.stop()

    assert answer.status_code == status


@asynccontextmanager
async def opened_socket(site: Site) -> AsyncIterator[ClientConnection]:
    async with signed_in(site) as member:
        conversation_id, _ = await begun_turn(member, "Hello")
        async with connect(
            f"ws://127.0.0.1:{site.port}/ws/chat/{conversation_id}/",
            origin=cast("Any", site.url),
            additional_headers={"Cookie": cookies_of(member)},
            open_timeout=PATIENCE_SECONDS,
        ) as connection:
            yield connection


async def test_a_frame_that_is_too_large_is_refused_in_words(lasting_site: ServedSite) -> None:
    async with opened_socket(lasting_site) as connection, asyncio.timeout(PATIENCE_SECONDS):
        # What the client would compress is sent as it is: the server offers no compression.
        assert "Sec-WebSocket-Extensions" not in cast("Any", connection.response).headers
        await connection.send("x" * (MAX_BODY_BYTES + 1))
        refused = json.loads(await connection.recv())
        await connection.send(json.dumps({"type": "dance"}))
        still_there = json.loads(await connection.recv())

    assert (refused["type"], refused["code"]) == ("refused", "body_too_large")
    assert still_there["code"] == "invalid"


async def test_a_frame_that_is_far_too_large_is_not_taken(lasting_site: ServedSite) -> None:
    async with opened_socket(lasting_site) as connection, asyncio.timeout(PATIENCE_SECONDS):
        await connection.send("x" * (2 * MAX_BODY_BYTES + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1009


async def test_static_files_are_hashed_compressed_and_cached_for_ever(tmp_path: Path) -> None:
    site = ShellSite(tmp_path, {**PRODUCTION, "HTTPS": "0", "WORKERS": "1"})
    site.start()
    try:
        async with httpx2.AsyncClient(base_url=site.url, timeout=PATIENCE_SECONDS) as client:
            page = (await client.get("/accounts/login/")).text
            address = next(part for part in page.split('"') if part.endswith(".css"))
            answers = {
                coding: await client.get(address, headers={"Accept-Encoding": coding})
                for coding in ("br", "gzip", "identity")
            }
    finally:
        site.stop()

    assert [answer.headers.get("Content-Encoding") for answer in answers.values()] == ["br", "gzip", None]
    assert len({answer.text for answer in answers.values()}) == 1
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers.values())
    assert "arning" not in site.log()
