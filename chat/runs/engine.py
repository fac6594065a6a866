"""How a run is executed: prompt, provider, hub and journal, commit, terminal event."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace
from enum import StrEnum, auto
from functools import partial
from typing import assert_never
from uuid import UUID

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database_persistently
from chat.exceptions import (
    ContentFiltered,
    InternalError,
    LeaseLost,
    ProviderTimeout,
    ProviderUnavailable,
    RunError,
    RunInterrupted,
)
from chat.models import Run
from chat.protocol.events import Done, Error, Event, Fact, Snapshot, Start, Title, TokenUsage
from chat.protocol.work import decode_work, encode_work
from chat.providers.base import (
    Prompt,
    Provider,
    PushedChunks,
)
from chat.runs.accounting import usage_of
from chat.runs.hearing import Hearing
from chat.runs.hub import LiveRun
from chat.runs.journal import Entry, Journal
from chat.runs.prompt import NewRun, build_prompt
from chat.runs.records import (
    Checkpoint,
    Ending,
    claim_run,
    record_end,
    release_run,
    terminal_fact,
)
from chat.runs.reporting import Report, reporting
from chat.telemetry import RunTexts

CLAIM_SECONDS = 10
# Whoever takes the lease of an answer that is complete asks the provider in vain: wait long for the database.
COMMIT_SECONDS = 900
# A process that shuts down is killed soon; without this its lease has to run out.
RELEASE_SECONDS = 5

logger = logging.getLogger("chat.runs")


class StopReason(StrEnum):
    """Why a run is stopped before the model has finished."""

    CANCELLED = auto()
    SILENCE = auto()
    SHUTDOWN = auto()
    LEASE_LOST = auto()


class Execution:
    """One run, executed once, by the holder of its lease. It speaks only to the hub and the journal."""

    def __init__(
        self, live: LiveRun, *, provider: Provider, journal: Journal, owner: UUID, new: NewRun | None = None
    ) -> None:
        self.live = live
        self._new = new
        self._provider = provider
        self._journal = journal
        self._owner = owner
        self._settings = chat_settings()
        self._loop = asyncio.get_running_loop()
        self._hearing = Hearing(live, self._note, settings=self._settings)
        self._stop_reason: StopReason | None = None
        self._deadline: asyncio.Timeout | None = None
        self._answered_at: float | None = None
        self._started_at = self._loop.time()
        self.is_claimed = False
        # The run as it ended here; none while it has not.
        self.ended: Run | None = None
        self._entry: Entry | None = None
        self._prompt: Prompt | None = None
        self._spent: TokenUsage | None = None

    def stop(self, reason: StopReason) -> None:
        """Stop the answer where it is; the first reason counts."""
        if self._stop_reason is not None:
            return
        self._stop_reason = reason
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(self._loop.time())

    def stop_if_silent(self) -> None:
        """Stop the answer if the provider has said nothing for too long."""
        hearing, limits = self._hearing, self._settings
        if hearing.heard_at is None:
            return
        patience = limits.IDLE_TIMEOUT_SECONDS if hearing.length else limits.FIRST_CHUNK_TIMEOUT_SECONDS
        if self._loop.time() - hearing.heard_at > patience:
            self.stop(StopReason.SILENCE)

    async def execute(self) -> None:
        """Claim the run, answer it or go on with the answer, commit it.

        Nothing happens if somebody else was quicker.
        """
        run = await self._claim()
        if run is None:
            return
        self.is_claimed = True
        with reporting(run, vendor=self._provider.vendor) as report:
            await self._execute(run, report)

    async def _execute(self, run: Run, report: Report) -> None:
        try:
            self._begin(run)
            error = await self._answer(run, report)
            if isinstance(error, RunInterrupted) and self._settings.TAKE_OVER:
                await self._hand_over(run)
                report.left("handed over", level=logging.INFO)
                return
            await self._commit(run, error)
        except LeaseLost:
            self._journal.forget(run.pk)
            report.left("is another's now")
        except TRANSIENT_ERRORS as failure:
            self._journal.forget(run.pk)
            report.left(f"not committed ({type(failure).__name__})")
        except asyncio.CancelledError:
            self._journal.release(run.pk)
            raise
        else:
            self.ended = run
            report.ended(
                run,
                usage=self._spent,
                answering_seconds=self._answering_seconds(run),
                detail=str(error or ""),
                texts=self._texts(),
            )

    async def _claim(self) -> Run | None:
        if self._new:
            return self._new.run
        claim = partial(
            claim_run,
            self.live.run_id,
            owner=self._owner,
            lease_seconds=self._settings.LEASE_SECONDS,
            default_model=self._provider.model_name,
        )
        try:
            return await in_database_persistently(claim, for_seconds=CLAIM_SECONDS, purpose="claim a run")
        except TRANSIENT_ERRORS as error:
            # It stays queued; recovery, here or elsewhere, tries again.
            logger.warning("run %s not claimed (%s)", self.live.run_id, type(error).__name__)
            return None

    def _begin(self, run: Run) -> None:
        if run.cancel_requested_at is not None:
            self.stop(StopReason.CANCELLED)
        self._hearing.length = len(run.message.content)
        if run.checkpoint_seq:
            work = decode_work(run.message.work)
            self.live.resume(run.message.content, seq=run.checkpoint_seq, work=work)
        self._entry = self._journal.open(self.live, message_id=run.message_id, fence=run.fence)
        if run.checkpoint_seq:
            return
        start = Start(
            run=str(run.pk),
            message=str(run.message_id),
            conversation=str(run.conversation_id),
            trace_id=run.trace_id,
            model=run.model,
            assistant=run.assistant,
        )
        self._publish(start)
        if run.inherited_characters:
            work = decode_work(run.message.work)
            self._publish(Snapshot(content=run.message.content, sources=work.sources, steps=work.steps))
        question = run.message.parent
        if question is not None and question.parent_id is None:
            self._publish(Title(title=run.conversation.title))

    async def _answer(self, run: Run, report: Report) -> RunError | None:
        """Tell what the provider says until it has finished, or is stopped; return what went wrong."""
        error: RunError | None = None
        seconds = self._settings.RUN_TIMEOUT_SECONDS
        try:
            prompt = self._new.prompt if self._new else None
            if prompt is None:
                prompt = await in_database_persistently(
                    partial(build_prompt, run), for_seconds=CLAIM_SECONDS, purpose="read a prompt"
                )
            self._prompt = replace(prompt, traceparent=report.traceparent)
            async with asyncio.timeout(0 if self._stop_reason else seconds) as deadline:
                self._deadline = deadline
                # A stop that has come already is heard here, before the provider is asked.
                await asyncio.sleep(0)
                await self._listen(self._prompt)
        except TimeoutError:
            error = self._why_stopped()
        except RunError as failure:
            error = failure
        except Exception:
            error = InternalError()
            logger.exception("run failed", extra={"run": str(run.pk), "trace_id": run.trace_id})
        self._answered_at = self._hearing.heard_at
        # A stop that comes while the end is committed finds nothing to stop.
        self._deadline = None
        self._hearing.end()
        return error

    async def _listen(self, prompt: Prompt) -> None:
        hearing = self._hearing
        hearing.begin()
        async with aclosing(self._provider.stream(prompt)) as chunks:
            if isinstance(chunks, PushedChunks):
                await chunks.push(hearing.hear)
            async for chunk in chunks:
                hearing.hear(chunk)
        if not hearing.finish_reason:
            raise ProviderUnavailable("the answer broke off without a finish reason")
        if hearing.finish_reason == "content_filter":
            raise ContentFiltered("the provider's filter ended the answer")

    def _publish(self, fact: Fact) -> None:
        self._note(self.live.publish(fact))

    def _note(self, event: Event) -> None:
        if self._entry is not None:
            self._journal.note(self._entry, event)

    def _why_stopped(self) -> RunError | None:
        match self._stop_reason:
            case StopReason.CANCELLED:
                return None
            case StopReason.SHUTDOWN:
                return RunInterrupted("the process is shutting down")
            case StopReason.LEASE_LOST:
                raise LeaseLost
            case StopReason.SILENCE:
                return ProviderTimeout("the provider is silent")
            case None:
                return ProviderTimeout("the answer took longer than RUN_TIMEOUT_SECONDS")
            case _:
                assert_never(self._stop_reason)

    async def _hand_over(self, run: Run) -> None:
        """Give the run, with all that was said, to whichever process claims it next."""
        await self._journal.flush()
        checkpoint = Checkpoint(
            run_id=run.pk,
            message_id=run.message_id,
            fence=run.fence,
            text=self.live.text,
            seq=self.live.last_seq,
            work=encode_work(self.live.work),
        )
        await in_database_persistently(
            partial(release_run, checkpoint), for_seconds=RELEASE_SECONDS, purpose="hand a run over"
        )
        self._journal.forget(run.pk)

    async def _commit(self, run: Run, error: RunError | None) -> None:
        """Commit the end, then say it: who hears it may reload and sees it."""
        self._spent = self._usage(run)
        ending = Ending(
            status=self._status(error),
            text=self.live.text,
            work=encode_work(self.live.work),
            last_seq=self.live.last_seq + 1,
            finish_reason=self._hearing.finish_reason,
            error_code=error.code if error else "",
            ttft_ms=self._ttft_ms(run),
            reconnects=self.live.reconnects,
            usage=self._spent,
        )
        try:
            fact = await self._record(run, ending)
        except (LeaseLost, *TRANSIENT_ERRORS):
            raise
        except Exception:
            # What a database refuses once it refuses again: the text that was stored before is what stays.
            logger.exception("end not stored", extra={"run": str(run.pk), "trace_id": run.trace_id})
            failed = Ending(
                status=Run.Status.FAILED,
                text=None,
                last_seq=ending.last_seq + 1,
                error_code=InternalError.code,
            )
            fact = await self._record(run, failed)
            work = decode_work(run.message.work)
            self._publish(Snapshot(content=run.message.content, sources=work.sources, steps=work.steps))
        self._publish(fact)

    async def _record(self, run: Run, ending: Ending) -> Done | Error:
        record = partial(record_end, run, ending=ending)
        await in_database_persistently(record, for_seconds=COMMIT_SECONDS, purpose="commit a run")
        return terminal_fact(run, ending.usage)

    def _usage(self, run: Run) -> TokenUsage | None:
        if self._prompt is None or len(self.live.text) <= run.inherited_characters:
            return None
        return usage_of(
            self._prompt,
            self.live.text,
            self._hearing.counted,
            model=run.model,
            attempt=run.attempt,
            inherited_characters=run.inherited_characters,
        )

    def _status(self, error: RunError | None) -> Run.Status:
        if isinstance(error, RunInterrupted):
            return Run.Status.INTERRUPTED
        if error is not None:
            return Run.Status.FAILED
        stopped = not self._hearing.finish_reason
        return Run.Status.CANCELLED if stopped else Run.Status.COMPLETED

    def _answering_seconds(self, run: Run) -> float | None:
        began_at = self._hearing.first_token_at
        if began_at is None or self._answered_at is None or run.attempt > 1:
            return None
        return self._answered_at - began_at

    def _texts(self) -> RunTexts | None:
        if self._prompt is None or not self._settings.TRACE_MESSAGE_TEXT:
            return None
        asked = [(message.role, message.content) for message in self._prompt.messages]
        return RunTexts(asked=asked, answered=self.live.text)

    def _ttft_ms(self, run: Run) -> int | None:
        began_at = self._hearing.first_token_at
        if began_at is None or run.attempt > 1:
            return None
        since_start = began_at - self._started_at
        waited = (run.started_at - run.created_at).total_seconds() if run.started_at else 0.0
        return max(0, int((since_start + waited) * 1000))
