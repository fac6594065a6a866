"""A site on SQLite whose file another process holds for longer than a lease lasts."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from chat.protocol.codec import read_event
from chat.protocol.events import Done
from chat.protocol.fold import fold_all
from chat.protocol.sse_decoder import SseDecoder
from tests.doors.visiting_member import begun_turn, signed_in
from tests.serving import UvicornSite
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

HELD_SECONDS = 11.0
WORDS = " ".join(f"word{number}" for number in range(1, 101))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[UvicornSite]:
    with UvicornSite(tmp_path).running() as site:
        yield site


async def test_a_file_that_is_locked_for_longer_than_a_lease_loses_no_answer(
    site: UvicornSite, tmp_path: Path
) -> None:
    locker = sqlite3.connect(tmp_path / "site.sqlite3", isolation_level=None, timeout=10)
    locked_at = 0.0
    decoder, heard = SseDecoder(), []
    async with signed_in(site) as member, asyncio.timeout(120):
        conversation_id, events_url = await begun_turn(member, "/long 100\n/slow 30")
        async with member.stream("GET", events_url, timeout=30) as response:
            async for part in response.aiter_raw():
                heard += [read_event(int(event.last_id), event.data) for event in decoder.feed(part)]
                content = fold_all(heard).content
                if not locked_at and "word3" in content:
                    locker.execute("BEGIN IMMEDIATE")
                    locked_at = time.monotonic()
                if "word100" in content and locker.in_transaction:
                    # Live followers hear it all; the end waits for the database.
                    assert not heard[-1].is_terminal
                    await wait_until(partial(is_past, locked_at + HELD_SECONDS))
                    locker.execute("ROLLBACK")
        told = fold_all(heard)
        path = f"/chat/api/conversations/{conversation_id}/messages/"
        stored = (await member.get(path)).json()["results"]
    locker.close()

    assert isinstance(told.end, Done)
    assert told.content == WORDS
    assert any(message["content"] == WORDS for message in stored)
    assert [event.seq for event in heard] == list(range(1, len(heard) + 1))


def is_past(moment: float) -> bool:
    return time.monotonic() > moment
