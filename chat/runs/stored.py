"""Runs as the database and the log have them: for followers of what is not live here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat.database import in_database
from chat.eventlog.base import EventLog, LogUnavailable
from chat.exceptions import RunNotFound
from chat.models import Run
from chat.protocol.codec import event_of
from chat.protocol.events import Event, Snapshot
from chat.protocol.work import Work, decode_work
from chat.runs.records import stored_usage, terminal_fact
from chat.telemetry import telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run's row: its text up to ``seq``, and the terminal event if it has ended."""

    seq: int
    text: str
    terminal: Event | None
    work: Work = field(default_factory=Work)

    def snapshot(self) -> Event:
        """Return the text as the event that replaces what a follower has."""
        seq = self.terminal.seq - 1 if self.terminal else self.seq
        whole = Snapshot(content=self.text, sources=self.work.sources, steps=self.work.steps)
        return event_of(max(seq, 0), whole)


def read_stored_run(run_id: UUID) -> StoredRun:
    """Return a run as its row has it. Raises RunNotFound."""
    run = Run.objects.select_related("message").filter(pk=run_id).first()
    if run is None:
        raise RunNotFound(f"run {run_id}")
    terminal = None if run.is_active else event_of(run.last_seq, terminal_fact(run, stored_usage(run)))
    work = decode_work(run.message.work)
    return StoredRun(seq=run.checkpoint_seq, text=run.message.content, terminal=terminal, work=work)


async def events_of_ended(stored: StoredRun, run_id: UUID, *, after: int, log: EventLog) -> Sequence[Event]:
    """Return what a follower of an ended run lacks: from the log if that is whole, else from the row."""
    terminal = stored.terminal
    if terminal is None or after >= terminal.seq:
        return ()
    events = await read_log(log, run_id, after=after, until=terminal.seq)
    if events and events[-1].seq == terminal.seq and not has_gap(events, after=after):
        return events
    snapshot = stored.snapshot()
    if after >= snapshot.seq:
        # The log may lack the end alone, for a moment: who has heard the rest needs no more than that.
        return (terminal,)
    telemetry().snapshot_sent()
    return (snapshot, terminal)


async def read_log(log: EventLog, run_id: UUID, *, after: int, until: int | None = None) -> Sequence[Event]:
    """Return all that the log has of a run after a position; nothing where the log is away."""
    events: list[Event] = []
    try:
        while until is None or after < until:
            more = (await log.read({run_id: after})).get(run_id, ())
            if not more:
                break
            events.extend(more)
            after = more[-1].seq
    except LogUnavailable:
        return ()
    return events


def has_gap(events: Sequence[Event], *, after: int) -> bool:
    """True if something is missing that no snapshot makes up for."""
    for event in events:
        if event.seq != after + 1 and event.type != Snapshot.type:
            return True
        after = event.seq
    return False


async def stored_run(run_id: UUID) -> StoredRun:
    """Return a run as its row has it. Raises RunNotFound."""
    return await in_database(read_stored_run, run_id)
