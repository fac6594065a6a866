"""Peers that take nothing, or are gone without a word, under a real server."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.visiting_member import begun_turn, cookies_of, events_request, narrow_connection, signed_in
from tests.serving import Site
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow

# An event for each of its words: 100 kB a second.
LONG = "/long 15000\n/slow 1"
# What was on its way when the peer was dropped: the buffers of server and kernel.
MOST_ON_ITS_WAY_BYTES = 250_000


class NarrowSite(Site):
    """A site whose sockets hold next to nothing, with the kernel's defaults for dead peers."""

    def _command(self) -> list[str]:
        return ["env", f"PORT={self.port}", sys.executable, "-m", "tests.doors.narrow_server", "--one"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NarrowSite]:
    with NarrowSite(tmp_path, {"DJANGO_SETTINGS_MODULE": "tests.doors.hurried"}).running() as site:
        yield site
    assert "Traceback" not in site.log()


async def wait_until_dropped(site: Site) -> None:
    await wait_until(lambda: "a peer that takes nothing was dropped" in site.log())


def rest_of(connection: socket.socket) -> int:
    """Return how many bytes still come; the server must end the connection after them."""
    connection.settimeout(PATIENCE_SECONDS)
    count = 0
    while data := connection.recv(65536):
        count += len(data)
    return count


def socket_request(path: str, cookies: str, host: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


def masked_frame(text: str) -> bytes:
    """Return a short text frame as clients must send it; its mask is zero."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text.encode()


async def test_a_stream_whose_reader_takes_nothing_is_dropped(site: NarrowSite) -> None:
    async with signed_in(site) as member:
        _, path = await begun_turn(member, LONG)
        with narrow_connection(site.port) as connection:
            connection.sendall(events_request(path, cookies_of(member), "127.0.0.1"))

            await wait_until_dropped(site)

            assert await asyncio.to_thread(rest_of, connection) < MOST_ON_ITS_WAY_BYTES
        # It hurt nobody else.
        events = (await member.get(path, params={"after": 0}, headers={"Accept": "application/json"})).json()
    assert events["events"]


async def test_a_socket_whose_reader_takes_nothing_is_dropped(site: NarrowSite) -> None:
    async with signed_in(site) as member:
        conversation_id, path = await begun_turn(member, LONG)
        with narrow_connection(site.port) as connection:
            address = f"/ws/chat/{conversation_id}/"
            connection.sendall(socket_request(address, cookies_of(member), f"127.0.0.1:{site.port}"))
            assert connection.recv(12) == b"HTTP/1.1 101"
            connection.sendall(masked_frame(f'{{"type": "follow", "run": "{path.split("/")[-3]}"}}'))

            await wait_until_dropped(site)

            assert await asyncio.to_thread(rest_of, connection) < MOST_ON_ITS_WAY_BYTES
