"""Peers that are gone without a word, or read nothing any more: the kernel ends their connections.

A network namespace stands for another machine, whose cable is pulled.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.doors.visiting_member import begun_turn, cookies_of, events_request, narrow_connection, signed_in
from tests.serving import Site
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

MOST_SECONDS = 45
IDLE_READERS = 50
ESTABLISHED = "01"
# Two runs of the tests at once have a cable each. These addresses are meant for trying networks out.
NETWORK = f"198.18.{os.getpid() % 256}"
HERE, THERE = f"{NETWORK}.1", f"{NETWORK}.2"
FOLLOW = """
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.sendall(sys.argv[3].encode())
while data := connection.recv(65536):
    print(connection.getsockname()[1], flush=True)
"""


class ServedSite(Site):
    """A site under the server of `make serve`, with its own times and small buffers in the kernel."""

    def _command(self) -> list[str]:
        return ["env", f"PORT={self.port}", sys.executable, "-m", "tests.doors.narrow_server"]

    def worker_bytes(self) -> int:
        """Return the memory of its one worker."""
        worker = self.log().partition("Started server process [")[2].partition("]")[0]
        pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def machine() -> Iterator[str]:
    """Another machine, by its name, which is also that of our end of the cable."""
    name = f"chat{os.getpid() % 100_000}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("making a network namespace is not allowed here")
    try:
        ip("link", "add", name, "type", "veth", "peer", "name", "cable", "netns", name)
        ip("address", "add", f"{HERE}/30", "dev", name)
        ip("link", "set", name, "up")
        ip("-n", name, "address", "add", f"{THERE}/30", "dev", "cable")
        ip("-n", name, "link", "set", "cable", "up")
        yield name
    finally:
        ip("netns", "delete", name)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ServedSite]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.doors.unpausing",
        "HOST": "0.0.0.0",
        "WORKERS": "1",
        "ALLOWED_HOSTS": f"127.0.0.1,{HERE}",
    }
    with ServedSite(tmp_path, environment).running() as site:
        yield site
    assert "Traceback" not in site.log()


def is_connected(server_port: int, client_port: int) -> bool:
    """True if the server's end of a connection lives."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if (int(local[-4:], 16), int(remote[-4:], 16)) == (server_port, client_port):
            return state == ESTABLISHED
    return False


async def test_who_vanished_and_who_reads_nothing_is_gone_within_45_seconds(
    site: ServedSite, machine: str
) -> None:
    async with signed_in(site) as member:
        _, silent = await begun_turn(member, "/stall after 1")
        request = events_request(silent, cookies_of(member), HERE).decode()
        vanishing = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", machine, sys.executable, "-c", FOLLOW),
            *(HERE, str(site.port), request),
            stdout=subprocess.PIPE,
        )
        assert vanishing.stdout
        vanishing_port = int(await vanishing.stdout.readline())
        _, long = await begun_turn(member, "/long 15000\n/slow 1")
        with narrow_connection(site.port) as idle:
            idle.sendall(events_request(long, cookies_of(member), "127.0.0.1"))
            idle_port = idle.getsockname()[1]
            assert is_connected(site.port, idle_port)
            assert is_connected(site.port, vanishing_port)

            ip("-n", machine, "link", "set", "cable", "down")

            await wait_until(
                lambda: not (is_connected(site.port, idle_port) or is_connected(site.port, vanishing_port)),
                within_seconds=MOST_SECONDS,
            )
        vanishing.kill()
        await vanishing.wait()


async def test_readers_who_take_nothing_cost_little_memory(site: ServedSite) -> None:
    async with signed_in(site) as member:
        _, path = await begun_turn(member, "/long 8000\n/slow 1")
        before = site.worker_bytes()
        with ExitStack() as connections:
            for _ in range(IDLE_READERS):
                connection = connections.enter_context(narrow_connection(site.port))
                connection.sendall(events_request(path, cookies_of(member), "127.0.0.1"))
            async with asyncio.timeout(MOST_SECONDS), member.stream("GET", path) as response:
                events = 0
                async for part in response.aiter_text():
                    events += part.count("\nid: ")
                    if events > 4000:
                        break

            assert (site.worker_bytes() - before) / IDLE_READERS < 300_000
