"""Runs of other processes, read from the log once and fanned out to the followers here."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Coroutine
from typing import Any
from uuid import UUID

from chat.database import TRANSIENT_ERRORS, in_database
from chat.eventlog.base import EventLog, LogUnavailable
from chat.exceptions import RunNotFound
from chat.models import Run
from chat.runs.hub import Hub, LiveRun
from chat.runs.records import add_reconnects
from chat.runs.stored import StoredRun, read_log, stored_run

# The end of a run may be in its row and not in the log: a process can die between the two.
ROW_CHECK_SECONDS = 1.0
RETRY_SECONDS = 0.5

logger = logging.getLogger("chat.runs")


class Relays:
    """One reader of the log for all followers of this process."""

    def __init__(self, hub: Hub, log: EventLog) -> None:
        self._hub = hub
        self._log = log
        self._relays: dict[UUID, LiveRun] = {}
        self._has_work = asyncio.Event()
        self._unwatched: set[UUID] = set()
        # Followers who came back, until the runs have been told.
        self._returns: Counter[UUID] = Counter()

    def note_return(self, run_id: UUID) -> None:
        """Count a follower who came back, on the run's row: whoever executes it knows nothing of that."""
        self._returns[run_id] += 1
        self._has_work.set()

    def close_all(self) -> None:
        """Send all followers elsewhere: this process is about to end."""
        for live in list(self._relays.values()):
            self._close(live)

    async def open(self, run_id: UUID, stored: StoredRun) -> LiveRun:
        """Return the live run that repeats here what another process says; ``stored`` is its row."""
        # Before reading: what is appended from now on rings.
        await self._log.watch(run_id)
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
        self._has_work.set()
        return live

    async def run(self) -> None:
        """Read for as long as the process lives."""
        checked_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            await self._has_work.wait()
            run_ids = await self._log.wait(self._relays.keys())
            await self._let_go()
            await self._persistently(self._read(run_ids))
            if loop.time() - checked_at > ROW_CHECK_SECONDS:
                checked_at = loop.time()
                await self._persistently(self._tell_rows())
                await self._persistently(self._check_rows())
                self._rest_if_idle()

    async def _persistently(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (LogUnavailable, *TRANSIENT_ERRORS) as error:
            logger.warning("relays wait for the log or the database (%s)", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            logger.exception("relaying failed, will try again")
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, run_ids: Collection[UUID]) -> None:
        relayed = [live for run_id in list(run_ids) if (live := self._relays.get(run_id))]
        found = await self._log.read({live.run_id: live.last_seq for live in relayed})
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

    async def _tell_rows(self) -> None:
        returns, self._returns = self._returns, Counter()
        if returns:
            await in_database(add_reconnects, returns)

    async def _check_rows(self) -> None:
        relayed = list(self._relays.values())
        active = await in_database(_active_among, [live.run_id for live in relayed])
        for live in relayed:
            if live.run_id not in active:
                # Followers go on with the row; what the log still lacks then, it never gets.
                self._close(live)

    async def _catch_up(self, live: LiveRun) -> None:
        """Go on from the row where the log has lost something."""
        try:
            stored = await stored_run(live.run_id)
        except RunNotFound:
            self._close(live)
            return
        if stored.terminal is None and stored.seq > live.last_seq:
            live.relay(stored.snapshot())

    async def _let_go(self) -> None:
        for live in list(self._relays.values()):
            if not live.follower_count or live.is_closed:
                self._close(live)
        unwatched = self._unwatched - self._relays.keys()
        self._unwatched.clear()
        if unwatched:
            await self._log.unwatch(unwatched)

    def _close(self, live: LiveRun) -> None:
        self._relays.pop(live.run_id, None)
        self._unwatched.add(live.run_id)
        self._hub.close(live)
        self._rest_if_idle()

    def _rest_if_idle(self) -> None:
        if not self._relays and not self._returns:
            self._has_work.clear()


def _active_among(run_ids: list[UUID]) -> set[UUID]:
    return set(Run.objects.active().filter(pk__in=run_ids).values_list("pk", flat=True))
