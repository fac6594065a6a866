"""Takes over what dead processes left behind, begins what nobody has begun, drops logs that nobody needs."""

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from functools import partial
from uuid import UUID

from chat.attachments.purging import purge_unused
from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.eventlog.base import Batch, EventLog, LogUnavailable
from chat.exceptions import LeaseLost, RunInterrupted
from chat.models import Run
from chat.models.run import from_now
from chat.protocol.codec import decode_fact, event_of
from chat.protocol.events import Event, Snapshot, Token
from chat.protocol.fold import Held, fold_all
from chat.protocol.work import Work, decode_work, encode_work
from chat.runs.purging import CONVERSATIONS_PER_PURGE, end_expired_shares, purge_some
from chat.runs.records import Checkpoint, Ending, record_end, release_run, take_lease, terminal_fact
from chat.runs.reporting import Report
from chat.runs.stored import read_log
from chat.telemetry import telemetry

# Followers in the dead process may have heard more events than the log has. Their numbers are not used
# again: the snapshot comes after all that an answer can have, so that it reaches those followers too.
SEQ_LEAP = 1_000_000
# A run that waits for so long was committed by a process that died, or that has no event loop to run it.
UNCLAIMED_SECONDS = 2.0
DROP_EVERY_SECONDS = 60.0
# So that the runs of a dead process are shared out among those that are left.
RUNS_PER_SCAN = 20
MORE_SECONDS = 0.1
LOGS_PER_DROP = 200

logger = logging.getLogger("chat.runs")


class Recovery:
    """Looks, every ``RECOVERY_SECONDS``, for runs that need somebody."""

    def __init__(
        self,
        owner: UUID,
        log: EventLog,
        *,
        submit: Callable[[UUID], bool],
        executed_here: Container[UUID],
        vendor: str,
    ) -> None:
        self._owner = owner
        self._log = log
        self._submit = submit
        self._executed_here = executed_here
        self._vendor = vendor
        self._looked_at = float("-inf")
        self._patient_until = float("-inf")
        self._dropped_at = float("-inf")

    async def run(self) -> None:
        """Scan for as long as the process lives."""
        while True:
            has_more = False
            try:
                has_more = await self.scan()
            except (LogUnavailable, *TRANSIENT_ERRORS) as error:
                logger.warning("recovery waits for the database (%s)", type(error).__name__)
            except Exception:
                logger.exception("recovery failed, will try again")
            await asyncio.sleep(MORE_SECONDS if has_more else chat_settings().RECOVERY_SECONDS)

    async def scan(self) -> bool:
        """Look once; True if there is more to do than one look takes."""
        loop = asyncio.get_running_loop()
        abandoned, unclaimed = await in_database(_find)
        for run in abandoned if self._may_take(loop.time()) else ():
            # A process that was suspended finds its own runs here; its leases speak first.
            if run.pk not in self._executed_here:
                await self._recover(run)
        self._looked_at = loop.time()
        has_room = all(self._submit(run_id) for run_id in unclaimed)
        if loop.time() - self._dropped_at > DROP_EVERY_SECONDS and not await self._drop_some():
            self._dropped_at = loop.time()
        return has_room and max(len(abandoned), len(unclaimed)) == RUNS_PER_SCAN

    def _may_take(self, now: float) -> bool:
        """False for a while after a time without database: every lease has run out, most holders are well."""
        settings = chat_settings()
        away_seconds = now - self._looked_at
        if away_seconds > max(settings.LEASE_SECONDS / 2, 3 * settings.RECOVERY_SECONDS):
            # Whether a process that has just begun comes after such a time is not known.
            is_first_look = self._looked_at == float("-inf")
            self._patient_until = now + (
                settings.RECOVERY_SECONDS if is_first_look else settings.LEASE_SECONDS / 2
            )
        return now >= self._patient_until

    async def _recover(self, abandoned: Run) -> None:
        """Give up or end a run whose process is gone, with all the text that log and checkpoint have."""
        settings = chat_settings()
        take = partial(take_lease, abandoned, owner=self._owner, lease_seconds=settings.LEASE_SECONDS)
        taken = await in_database(take)
        if taken is None:
            return
        events = await read_log(self._log, taken.pk, after=taken.checkpoint_seq)
        text, heard = whole_text(taken.message.content, taken.checkpoint_seq, events)
        work = whole_work(decode_work(taken.message.work), events)
        seq = heard + SEQ_LEAP
        taken.message.content, taken.message.work = text, encode_work(work)
        may_go_on = settings.TAKE_OVER and taken.attempt <= settings.MAX_TAKE_OVERS
        # Its next process ends a cancelled one, and accounts for what it used.
        is_released = may_go_on or taken.cancel_requested_at is not None
        try:
            settled, said = await in_database(_release if is_released else _interrupt, taken, seq)
        except LeaseLost:
            return
        about = {"run": str(taken.pk), "trace_id": taken.trace_id, "attempt": taken.attempt}
        logger.warning("run of a dead process %s", "taken over" if is_released else "given up", extra=about)
        telemetry().run_taken_over(is_continued=is_released)
        try:
            await self._log.append([Batch(run_id=taken.pk, fence=taken.fence, events=said)])
        except LogUnavailable:
            # The row has the text by then, and followers take it from there.
            logger.warning("log away, text of the dead process not appended", extra=about)
        if is_released:
            self._submit(taken.pk)
        else:
            Report(taken, vendor=self._vendor).ended(settled)

    async def _drop_some(self) -> bool:
        """Drop what has served its time, a little of it; True if there may be more."""
        has_more_logs = await self._drop_old_logs()
        await in_database(purge_unused)
        await in_database(end_expired_shares)
        return await purge_some(self._log) == CONVERSATIONS_PER_PURGE or has_more_logs

    async def _drop_old_logs(self) -> bool:
        """Drop a page of logs that nobody needs; True if there may be more."""
        run_ids = await in_database(_with_old_logs)
        if run_ids:
            await self._log.drop(run_ids)
            await in_database(_mark_dropped, run_ids)
        return len(run_ids) == LOGS_PER_DROP


def whole_text(text: str, seq: int, events: Sequence[Event]) -> tuple[str, int]:
    """Return the text of a checkpoint with what the log has after it, and the highest number seen.

    What comes after a gap is left out, unless a snapshot closes it: better short than with a hole.
    """
    parts = [text]
    heard = told = seq
    for event in events:
        heard = max(heard, event.seq)
        fact = decode_fact(event.data)
        if isinstance(fact, Snapshot):
            parts, told = [fact.content], event.seq
        elif event.seq == told + 1:
            told = event.seq
            if isinstance(fact, Token):
                parts.append(fact.content)
    return "".join(parts), heard


def whole_work(work: Work, events: Sequence[Event]) -> Work:
    """Return the sources and steps of a checkpoint with what the log has after it."""
    held = fold_all(events, Held(sources=work.sources, steps=work.steps))
    return Work(sources=held.sources, steps=held.steps)


def _release(run: Run, seq: int) -> tuple[Run, list[Event]]:
    """Queue the run again; its next process goes on after this snapshot."""
    message = run.message
    release_run(
        Checkpoint(
            run_id=run.pk,
            message_id=message.pk,
            fence=run.fence,
            text=message.content,
            seq=seq,
            work=message.work,
        )
    )
    return run, [_snapshot(run, seq)]


def _interrupt(run: Run, seq: int) -> tuple[Run, list[Event]]:
    ending = Ending(
        status=Run.Status.INTERRUPTED,
        text=run.message.content,
        work=run.message.work,
        last_seq=seq + 1,
        error_code=RunInterrupted.code,
    )
    record_end(run, ending=ending)
    return run, [_snapshot(run, seq), event_of(seq + 1, terminal_fact(run, None))]


def _snapshot(run: Run, seq: int) -> Event:
    work = decode_work(run.message.work)
    return event_of(seq, Snapshot(content=run.message.content, sources=work.sources, steps=work.steps))


def _find() -> tuple[list[Run], list[UUID]]:
    abandoned = list(Run.objects.abandoned().order_by("lease_expires_at")[:RUNS_PER_SCAN])
    unclaimed = Run.objects.unclaimed(UNCLAIMED_SECONDS).order_by("created_at")
    return abandoned, list(unclaimed.values_list("pk", flat=True)[:RUNS_PER_SCAN])


def _with_old_logs() -> list[UUID]:
    old = Run.objects.filter(
        is_logged=True,
        ended_at__isnull=False,
        ended_at__lt=from_now(-chat_settings().LOG_RETENTION_SECONDS),
    )
    return list(old.order_by("ended_at").values_list("pk", flat=True)[:LOGS_PER_DROP])


def _mark_dropped(run_ids: list[UUID]) -> None:
    Run.objects.filter(pk__in=run_ids).update(is_logged=False)
