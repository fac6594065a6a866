"""Ends what dead processes left behind, begins what nobody has begun, drops logs that nobody needs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.eventlog.base import Batch, EventLog, LogUnavailable
from chat.exceptions import LeaseLost, RunInterrupted
from chat.models import Run
from chat.models.run import from_now
from chat.protocol.codec import decode_fact, event_of
from chat.protocol.events import Event, Snapshot, Token
from chat.runs.records import Ending, record_end, take_lease, terminal_fact
from chat.runs.stored import read_log

# Followers in the dead process may have heard more events than the log has. Their numbers are not used
# again: the snapshot comes after all that an answer can have, so that it reaches those followers too.
SEQ_LEAP = 1_000_000
# A run that waits for so long was committed by a process that died, or that has no event loop to run it.
UNCLAIMED_SECONDS = 2.0
DROP_EVERY_SECONDS = 60.0
RUNS_PER_SCAN = 100

logger = logging.getLogger("chat.runs")


class Recovery:
    """Looks, every ``RECOVERY_SECONDS``, for runs that need somebody."""

    def __init__(self, owner: UUID, log: EventLog, *, submit: Callable[[UUID], None]) -> None:
        self._owner = owner
        self._log = log
        self._submit = submit
        self._dropped_at = float("-inf")

    async def run(self) -> None:
        """Scan for as long as the process lives."""
        while True:
            try:
                await self.scan()
            except (LogUnavailable, *TRANSIENT_ERRORS) as error:
                logger.warning("recovery waits for the database (%s)", type(error).__name__)
            except Exception:
                logger.exception("recovery failed, will try again")
            await asyncio.sleep(chat_settings().RECOVERY_SECONDS)

    async def scan(self) -> None:
        """Look once."""
        abandoned, unclaimed = await in_database(_find)
        for run in abandoned:
            try:
                await self._interrupt(run)
            except LogUnavailable:
                # The row has the end by then, and followers take it from there.
                logger.warning("log away, end not appended", extra={"run": str(run.pk)})
        for run_id in unclaimed:
            self._submit(run_id)
        now = asyncio.get_running_loop().time()
        if now - self._dropped_at > DROP_EVERY_SECONDS:
            self._dropped_at = now
            await self._drop_old_logs()

    async def _interrupt(self, abandoned: Run) -> None:
        """End a run whose process is gone, with all the text that the log and the checkpoint have."""
        lease_seconds = chat_settings().LEASE_SECONDS
        taken = await in_database(
            partial(take_lease, abandoned, owner=self._owner, lease_seconds=lease_seconds)
        )
        if taken is None:
            return
        events = await read_log(self._log, taken.pk, after=taken.checkpoint_seq)
        text = text_after(taken.message.content, events)
        heard = max(taken.checkpoint_seq, events[-1].seq if events else 0)
        cancelled = taken.cancel_requested_at is not None
        ending = Ending(
            status=Run.Status.CANCELLED if cancelled else Run.Status.INTERRUPTED,
            text=text,
            last_seq=heard + SEQ_LEAP + 1,
            error_code="" if cancelled else RunInterrupted.code,
        )
        try:
            terminal = await in_database(_end, taken, ending)
        except LeaseLost:
            return
        snapshot = event_of(ending.last_seq - 1, Snapshot(content=text))
        await self._log.append([Batch(run_id=taken.pk, fence=taken.fence, events=[snapshot, terminal])])
        logger.warning(
            "run of a dead process ended", extra={"run": str(taken.pk), "trace_id": taken.trace_id}
        )

    async def _drop_old_logs(self) -> None:
        run_ids = await in_database(_with_old_logs)
        if run_ids:
            await self._log.drop(run_ids)
            await in_database(_mark_dropped, run_ids)


def text_after(text: str, events: Sequence[Event]) -> str:
    """Return the text of a checkpoint with what the log has after it."""
    parts = [text]
    for event in events:
        match decode_fact(event.data):
            case Token(content=content):
                parts.append(content)
            case Snapshot(content=content):
                parts = [content]
            case _:
                pass
    return "".join(parts)


def _find() -> tuple[list[Run], list[UUID]]:
    abandoned = list(Run.objects.abandoned().order_by("lease_expires_at")[:RUNS_PER_SCAN])
    unclaimed = Run.objects.unclaimed(UNCLAIMED_SECONDS).order_by("created_at")
    return abandoned, list(unclaimed.values_list("pk", flat=True)[:RUNS_PER_SCAN])


def _end(run: Run, ending: Ending) -> Event:
    ended = record_end(run.pk, fence=run.fence, ending=ending)
    return event_of(ending.last_seq, terminal_fact(ended))


def _with_old_logs() -> list[UUID]:
    old = Run.objects.filter(
        is_logged=True,
        ended_at__isnull=False,
        ended_at__lt=from_now(-chat_settings().LOG_RETENTION_SECONDS),
    )
    return list(old.order_by("ended_at").values_list("pk", flat=True)[:RUNS_PER_SCAN])


def _mark_dropped(run_ids: list[UUID]) -> None:
    Run.objects.filter(pk__in=run_ids).update(is_logged=False)
