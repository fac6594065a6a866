"""Carries what live runs say to the event log and the database: in batches, for all at once."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from chat.database import TRANSIENT_ERRORS, in_database
from chat.eventlog.base import Batch, EventLog, LogUnavailable, Refusal
from chat.protocol.codec import event_of
from chat.protocol.events import TERMINAL_TYPES, Event
from chat.protocol.work import encode_work
from chat.runs.hub import LiveRun
from chat.runs.records import Checkpoint, record_checkpoints

# While the log is away a run keeps so many events for it; then one snapshot stands for all of them.
MOST_UNLOGGED_EVENTS = 1024
# A checkpoint rewrites the whole text. Waiting for an eighth more keeps the sum of it proportional to the
# answer's length, not to its square.
CHECKPOINT_GROWTH = 1 / 8
RETRY_SECONDS = 0.5
# Each run costs the log a batch in each interval: with many runs the interval is longer, up to so many times.
RUNS_PER_INTERVAL = 100
MOST_INTERVALS = 2

logger = logging.getLogger("chat.runs")


@dataclass(slots=True, kw_only=True)
class Entry:
    """What the journal knows of one live run."""

    live: LiveRun
    message_id: UUID
    fence: int
    # New events, and those that were given to the log at least once and must be given again as they were.
    fresh: list[Event] = field(default_factory=list)
    sealed: list[Batch] = field(default_factory=list)
    has_ended: bool = False
    checkpoint_length: int = 0
    checkpoint_at: float = 0.0

    @property
    def unlogged(self) -> int:
        """How many events the log does not have for certain."""
        return len(self.fresh) + sum(len(batch.events) for batch in self.sealed)

    @property
    def unlogged_bytes(self) -> int:
        """About their size, by that of the newest: while the log is away there are too many to count."""
        newest = self.fresh[-1:] or (self.sealed[-1].events[-1:] if self.sealed else [])
        return self.unlogged * len(newest[0].data) if newest else 0


class Journal:
    """Owns the events of this process's runs until the log has them."""

    def __init__(
        self,
        log: EventLog,
        *,
        interval_seconds: float,
        checkpoint_seconds: float,
        on_lease_lost: Callable[[UUID], None],
        on_told: Callable[[LiveRun], None] = lambda _live: None,
    ) -> None:
        self._log = log
        self._interval_seconds = interval_seconds
        self._checkpoint_seconds = checkpoint_seconds
        self._on_lease_lost = on_lease_lost
        # Called with a run that has ended, once it is of no use to wait for the log any more.
        self._on_told = on_told
        self._entries: dict[UUID, Entry] = {}
        self._has_news = asyncio.Event()
        self._is_urgent = asyncio.Event()
        # Since when the log has lacked something, and how long the last of it took.
        self._news_at: float | None = None
        self._last_delay_seconds = 0.0

    @property
    def held_bytes(self) -> int:
        """About how much the log does not have for certain."""
        return sum(entry.unlogged_bytes for entry in self._entries.values())

    @property
    def delay_seconds(self) -> float:
        """How far the log is behind what is said, at most: now, or when it was last written."""
        if self._news_at is None:
            return self._last_delay_seconds
        return max(self._last_delay_seconds, asyncio.get_running_loop().time() - self._news_at)

    def open(self, live: LiveRun, *, message_id: UUID, fence: int) -> Entry:
        """Begin to carry a run's events; ``note`` follows for each."""
        now = asyncio.get_running_loop().time()
        entry = Entry(live=live, message_id=message_id, fence=fence, checkpoint_at=now)
        self._entries[live.run_id] = entry
        return entry

    def note(self, entry: Entry, event: Event) -> None:
        """Take an event for the log; the terminal one closes the run's entry and hurries the log.

        What is said under an entry that was forgotten goes nowhere.
        """
        if not entry.fresh:
            self._has_news.set()
        entry.fresh.append(event)
        if event.type in TERMINAL_TYPES:
            entry.has_ended = True
            self._is_urgent.set()

    def carries(self, run_id: UUID) -> bool:
        """True if there may be events of the run that the log was never given."""
        return run_id in self._entries

    def forget(self, run_id: UUID) -> None:
        """Carry nothing more of a run: its lease is lost, or there is nothing left to carry."""
        entry = self._entries.pop(run_id, None)
        if entry is not None and entry.has_ended:
            self._on_told(entry.live)

    def release(self, run_id: UUID) -> None:
        """Carry what a run has said that was broken off here, and then nothing more of it."""
        entry = self._entries.get(run_id)
        if entry is not None:
            entry.has_ended = True
            self._drop_if_carried(entry)

    async def run(self) -> None:
        """Write for as long as the process lives."""
        while True:
            await self._has_news.wait()
            now = asyncio.get_running_loop().time
            news_at = self._news_at = self._news_at or now()
            try:
                async with asyncio.timeout(self._pause_seconds()):
                    await self._is_urgent.wait()
            except TimeoutError:
                pass
            self._has_news.clear()
            self._is_urgent.clear()
            if not await self.flush():
                await asyncio.sleep(RETRY_SECONDS)
                self._has_news.set()
            else:
                self._last_delay_seconds, self._news_at = now() - news_at, None
            await self._checkpoint()

    def _pause_seconds(self) -> float:
        return self._interval_seconds * min(1 + len(self._entries) / RUNS_PER_INTERVAL, MOST_INTERVALS)

    async def flush(self) -> bool:
        """Give the log all that it lacks; False if it is away and has to be asked again."""
        for run_id, entry in self._entries.items():
            if entry.fresh:
                entry.sealed.append(Batch(run_id=run_id, fence=entry.fence, events=entry.fresh))
                entry.fresh = []
        batches = [batch for entry in self._entries.values() for batch in entry.sealed]
        if not batches:
            return True
        try:
            refused = await self._log.append(batches)
        except LogUnavailable:
            logger.warning("event log away: %d runs wait for it", len(self._entries))
            self._tell_ended()
            self._fold_backlogs()
            return False
        self._settle(batches)
        for run_id, refusal in refused.items():
            if refusal == Refusal.GAP:
                self._replace_with_whole(run_id)
            else:
                self.forget(run_id)
                self._on_lease_lost(run_id)
        return Refusal.GAP not in refused.values()

    def _settle(self, batches: list[Batch]) -> None:
        logged = {id(batch) for batch in batches}
        for entry in list(self._entries.values()):
            entry.sealed = [batch for batch in entry.sealed if id(batch) not in logged]
            self._drop_if_carried(entry)

    def _drop_if_carried(self, entry: Entry) -> None:
        if entry.has_ended and not entry.unlogged:
            self.forget(entry.live.run_id)

    def _tell_ended(self) -> None:
        """Keep no ended run alive for a log that is away: its row has all of it."""
        for entry in self._entries.values():
            if entry.has_ended:
                self._on_told(entry.live)

    def _fold_backlogs(self) -> None:
        for run_id, entry in list(self._entries.items()):
            if entry.unlogged > MOST_UNLOGGED_EVENTS:
                self._replace_with_whole(run_id)

    def _replace_with_whole(self, run_id: UUID) -> None:
        """Let one snapshot stand for all that the log lacks of a run."""
        entry = self._entries.get(run_id)
        if entry is None:
            return
        if entry.has_ended:
            # Readers take an ended run from its row.
            self.forget(run_id)
            return
        whole = event_of(entry.live.last_seq, entry.live.snapshot())
        entry.fresh = []
        entry.sealed = [Batch(run_id=run_id, fence=entry.fence, events=[whole])]

    async def _checkpoint(self) -> None:
        now = asyncio.get_running_loop().time()
        due = [entry for entry in self._entries.values() if self._is_due(entry, now)]
        if not due:
            return
        checkpoints = [
            Checkpoint(
                run_id=entry.live.run_id,
                message_id=entry.message_id,
                fence=entry.fence,
                text=entry.live.text,
                seq=entry.live.last_seq,
                work=encode_work(entry.live.work),
            )
            for entry in due
        ]
        try:
            await in_database(record_checkpoints, checkpoints)
        except TRANSIENT_ERRORS as error:
            logger.warning("checkpoint of %d runs put off (%s)", len(due), type(error).__name__)
            return
        for entry, checkpoint in zip(due, checkpoints, strict=True):
            entry.checkpoint_at = now
            entry.checkpoint_length = len(checkpoint.text)

    def _is_due(self, entry: Entry, now: float) -> bool:
        if entry.has_ended or now - entry.checkpoint_at < self._checkpoint_seconds:
            return False
        return len(entry.live.text) > entry.checkpoint_length * (1 + CHECKPOINT_GROWTH)
