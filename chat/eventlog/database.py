"""The default event log: rows in the site's own database, read by polling."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q

from chat.database import in_database
from chat.eventlog.base import Batch, EventLog, LogUnavailable
from chat.models import LogBatch, Run
from chat.protocol.codec import read_event
from chat.protocol.events import Event

# Rows that one read returns at most; a row holds what one run said in one interval of the journal.
ROWS_PER_READ = 500


class DatabaseEventLog(EventLog):
    """A batch is a row: its events are the lines of a text, and the numbers of the first and the last."""

    async def append(self, batches: Sequence[Batch]) -> Collection[UUID]:
        try:
            return await in_database(_insert, batches)
        except DatabaseError as error:
            raise LogUnavailable from error

    async def read(self, positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
        if not positions:
            return {}
        try:
            return await in_database(_select, positions)
        except DatabaseError as error:
            raise LogUnavailable from error

    async def drop(self, run_ids: Collection[UUID]) -> None:
        try:
            await in_database(_delete, run_ids)
        except DatabaseError as error:
            raise LogUnavailable from error


@transaction.atomic
def _insert(batches: Sequence[Batch]) -> Collection[UUID]:
    # The lock keeps a new holder from taking the lease between this look and the insert. An update of
    # unrelated columns by the holder itself waits for no longer than this transaction.
    runs = Run.objects.filter(pk__in=[batch.run_id for batch in batches]).order_by("pk")
    fences = dict(runs.select_for_update(no_key=True).values_list("pk", "fence"))
    held = [batch for batch in batches if fences.get(batch.run_id) == batch.fence]
    LogBatch.objects.bulk_create(
        [
            LogBatch(
                run_id=batch.run_id,
                first_seq=batch.events[0].seq,
                last_seq=batch.events[-1].seq,
                events=b"\n".join(event.data for event in batch.events).decode(),
            )
            for batch in held
        ],
        ignore_conflicts=True,
    )
    return {batch.run_id for batch in batches} - {batch.run_id for batch in held}


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
