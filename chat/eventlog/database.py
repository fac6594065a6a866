"""The default event log: rows in the site's own database, read by polling."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from chat.database import in_database
from chat.eventlog.base import Batch, EventLog, LogUnavailable, Refusal
from chat.models import LogBatch, Run
from chat.protocol.codec import read_event
from chat.protocol.events import Event

# Rows that one read returns at most; a row holds what one run said in one interval of the journal.
ROWS_PER_READ = 500
# Rows are looked for so often while something comes, and less and less often while nothing does.
POLL_FIRST_SECONDS = 0.1
POLL_MOST_SECONDS = 0.5

# All batches of a process in one statement with one parameter: 0.5 ms of our processor for a hundred of
# them, where the ORM's two statements take 7.
_INSERT = """
    INSERT INTO chat_logbatch (run_id, first_seq, last_seq, events)
    SELECT run.id, batch.first_seq, batch.last_seq, batch.events
    FROM json_to_recordset(%s::json)
        AS batch (run uuid, fence integer, first_seq bigint, last_seq bigint, events text)
    JOIN chat_run run ON run.id = batch.run AND run.fence = batch.fence
    ORDER BY run.id, batch.first_seq
    FOR NO KEY UPDATE OF run
    ON CONFLICT DO NOTHING
"""


class DatabaseEventLog(EventLog):
    """A batch is a row: its events are the lines of a text, and the numbers of the first and the last."""

    def __init__(self) -> None:
        self._pause_seconds = POLL_FIRST_SECONDS

    async def append(self, batches: Sequence[Batch]) -> Mapping[UUID, Refusal]:
        try:
            lost = await in_database(_insert, batches)
        except DatabaseError as error:
            raise LogUnavailable from error
        return dict.fromkeys(lost, Refusal.LEASE_LOST)

    async def read(self, positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
        if not positions:
            return {}
        try:
            found = await in_database(_select, positions)
        except DatabaseError as error:
            raise LogUnavailable from error
        if found:
            self._pause_seconds = POLL_FIRST_SECONDS
        return found

    async def wait(self, run_ids: Collection[UUID]) -> Collection[UUID]:
        await asyncio.sleep(self._pause_seconds)
        self._pause_seconds = min(self._pause_seconds * 1.5, POLL_MOST_SECONDS)
        return run_ids

    async def drop(self, run_ids: Collection[UUID]) -> None:
        try:
            await in_database(_delete, run_ids)
        except DatabaseError as error:
            raise LogUnavailable from error


def _insert(batches: Sequence[Batch]) -> Collection[UUID]:
    """Add what is under its run's present fence; return the runs that are under another one."""
    # The lock keeps a new holder from taking the lease between the look at the fence and the insert. An
    # update of unrelated columns by the holder itself waits for no longer than this transaction.
    if connection.vendor == "postgresql":
        return _insert_at_once(batches)
    return _insert_with_orm(batches)


def _insert_at_once(batches: Sequence[Batch]) -> Collection[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [json.dumps([_row(batch) for batch in batches], ensure_ascii=False)])
        if cursor.rowcount == len(batches):
            return ()
    runs = Run.objects.filter(pk__in=[batch.run_id for batch in batches])
    fences = dict(runs.values_list("pk", "fence"))
    return {batch.run_id for batch in batches if fences.get(batch.run_id) != batch.fence}


@transaction.atomic
def _insert_with_orm(batches: Sequence[Batch]) -> Collection[UUID]:
    runs = Run.objects.filter(pk__in=[batch.run_id for batch in batches]).order_by("pk")
    fences = dict(runs.select_for_update(no_key=True).values_list("pk", "fence"))
    held = [batch for batch in batches if fences.get(batch.run_id) == batch.fence]
    rows = [LogBatch(run_id=batch.run_id, **_columns(batch)) for batch in held]
    LogBatch.objects.bulk_create(rows, ignore_conflicts=True)
    return {batch.run_id for batch in batches} - {batch.run_id for batch in held}


def _row(batch: Batch) -> dict[str, Any]:
    return {"run": str(batch.run_id), "fence": batch.fence, **_columns(batch)}


def _columns(batch: Batch) -> dict[str, Any]:
    return {
        "first_seq": batch.events[0].seq,
        "last_seq": batch.events[-1].seq,
        "events": b"\n".join(event.data for event in batch.events).decode(),
    }


def _select(positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
    wanted = Q()
    for run_id, after in positions.items():
        wanted |= Q(run_id=run_id, last_seq__gt=after)
    rows = LogBatch.objects.filter(wanted).order_by("run_id", "first_seq")[:ROWS_PER_READ]
    found: dict[UUID, list[Event]] = {}
    for run_id, first_seq, events in rows.values_list("run_id", "first_seq", "events"):
        after = positions[run_id]
        lines = enumerate(events.split("\n"), start=first_seq)
        found.setdefault(run_id, []).extend(
            read_event(seq, line.encode()) for seq, line in lines if seq > after
        )
    return found


@transaction.atomic
def _delete(run_ids: Collection[UUID]) -> None:
    LogBatch.objects.filter(run_id__in=run_ids).delete()
