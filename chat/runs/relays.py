"""Runs of other processes, read from the log once and fanned out to the followers here."""

import asyncio
import logging
from uuid import UUID

from chat.database import TRANSIENT_ERRORS
from chat.eventlog.base import EventLog, LogUnavailable
from chat.exceptions import RunNotFound
from chat.runs.hub import Hub, LiveRun
from chat.runs.stored import StoredRun, read_log, stored_run

# The log is polled so often while something comes, and backs off to the second while nothing does.
POLL_FIRST_SECONDS = 0.1
POLL_MOST_SECONDS = 1.0
# The end of a run may be in its row and not in the log: a process can die between the two.
ROW_CHECK_SECONDS = 1.0

logger = logging.getLogger("chat.runs")


class Relays:
    """One reader of the log for all followers of this process."""

    def __init__(self, hub: Hub, log: EventLog) -> None:
        self._hub = hub
        self._log = log
        self._relays: dict[UUID, LiveRun] = {}
        self._has_relays = asyncio.Event()

    async def open(self, run_id: UUID, stored: StoredRun) -> LiveRun:
        """Return the live run that repeats here what another process says; ``stored`` is its row."""
        events = await read_log(self._log, run_id, after=0)
        live = self._hub.get(run_id)
        if live is not None:
            return live
        live = self._hub.open(run_id)
        if stored.seq and (not events or events[0].seq != 1):
            live.relay(stored.snapshot())
        for event in events:
            live.relay(event)
        self._relays[run_id] = live
        self._has_relays.set()
        return live

    async def run(self) -> None:
        """Read for as long as the process lives."""
        delay = POLL_FIRST_SECONDS
        checked_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            await self._has_relays.wait()
            await self._log.wait(self._relays.keys(), at_most_seconds=delay)
            self._let_go()
            try:
                has_news = await self._read()
                if loop.time() - checked_at > ROW_CHECK_SECONDS:
                    await self._check_rows()
                    checked_at = loop.time()
            except (LogUnavailable, *TRANSIENT_ERRORS) as error:
                logger.warning("relays wait for the log or the database (%s)", type(error).__name__)
                has_news = False
            delay = POLL_FIRST_SECONDS if has_news else min(delay * 1.5, POLL_MOST_SECONDS)

    async def _read(self) -> bool:
        found = await self._log.read({run_id: live.last_seq for run_id, live in self._relays.items()})
        for run_id, events in found.items():
            live = self._relays.get(run_id)
            if live is None:
                continue
            for event in events:
                if not live.relay(event):
                    await self._catch_up(live)
                    break
            if live.has_ended:
                self._close(live)
        return bool(found)

    async def _check_rows(self) -> None:
        for live in list(self._relays.values()):
            try:
                stored = await stored_run(live.run_id)
            except RunNotFound:
                self._close(live)
                continue
            if stored.terminal is not None:
                # Followers go on with the row; what the log still lacks then, it never gets.
                self._close(live)

    async def _catch_up(self, live: LiveRun) -> None:
        """Go on from the row where the log has lost something."""
        stored = await stored_run(live.run_id)
        if stored.terminal is None and stored.seq > live.last_seq:
            live.relay(stored.snapshot())

    def _let_go(self) -> None:
        for live in list(self._relays.values()):
            if not live.follower_count or live.is_closed:
                self._close(live)

    def _close(self, live: LiveRun) -> None:
        self._relays.pop(live.run_id, None)
        self._hub.close(live)
        if not self._relays:
            self._has_relays.clear()
