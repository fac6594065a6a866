"""The transactions of a run's life: claim, checkpoint, end. Each is one synchronous function."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone, translation

from chat.exceptions import RUN_ERRORS, InternalError, LeaseLost
from chat.models import Conversation, Message, Run, Usage
from chat.models.run import RunQuerySet, from_now
from chat.protocol.events import Done, Error, TokenUsage
from chat.search.indexing import index_messages
from chat.signals import run_ended

# The checkpoints of all runs of a process in one statement with one parameter.
_CHECKPOINT = """
    WITH held AS (
        UPDATE chat_run run SET checkpoint_seq = given.seq
        FROM json_to_recordset(%s::json) AS given (run uuid, fence integer, seq bigint, text text, work jsonb)
        WHERE run.id = given.run AND run.fence = given.fence AND run.status = 'running'
        RETURNING run.message_id, given.text, given.work
    )
    UPDATE chat_message SET content = held.text, work = held.work FROM held
    WHERE chat_message.id = held.message_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: what is committed before its terminal event."""

    status: Run.Status
    # None leaves the stored text as it is.
    text: str | None
    last_seq: int
    finish_reason: str = ""
    error_code: str = ""
    # What encode_work made of its sources and steps; stored with the text.
    work: Mapping[str, Any] | None = None
    ttft_ms: int | None = None
    # Those that this process has heard.
    reconnects: int = 0
    usage: TokenUsage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The text of a live run, up to and including the event ``seq``."""

    run_id: UUID
    message_id: UUID
    fence: int
    text: str
    seq: int
    work: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who executes a run that is stored, and for how long at first."""

    owner: UUID
    lease_seconds: float
    # Of the provider, for an assistant that names none.
    default_model: str


def claim_run(run_id: UUID, *, owner: UUID, lease_seconds: float, default_model: str) -> Run | None:
    """Take the lease of a queued run; None if it is not queued any more.

    The run comes with its conversation, owner and message. One that another process gave up has the text
    of the events up to ``checkpoint_seq``. A run of an assistant that names no model gets the provider's.
    """
    runs = Run.objects.filter(pk=run_id)
    claimed = runs.filter(status=Run.Status.QUEUED).update(
        status=Run.Status.RUNNING,
        lease_owner=owner,
        lease_expires_at=from_now(lease_seconds),
        fence=F("fence") + 1,
        attempt=F("attempt") + 1,
        started_at=Coalesce("started_at", Value(timezone.now())),
        model=Case(When(model="", then=Value(default_model)), default=F("model")),
    )
    if not claimed:
        # A claim whose answer was lost on the way is still ours.
        runs = runs.filter(lease_owner=owner, status=Run.Status.RUNNING)
    return runs.select_related("conversation__owner", "message__parent").first()


def take_lease(run: Run, *, owner: UUID, lease_seconds: float) -> Run | None:
    """Take over an abandoned run under a new fence; None if somebody else was quicker."""
    taken = (
        Run.objects.abandoned()
        .filter(pk=run.pk, fence=run.fence)
        .update(lease_owner=owner, lease_expires_at=from_now(lease_seconds), fence=run.fence + 1)
    )
    return Run.objects.select_related("message", "conversation").get(pk=run.pk) if taken else None


def renew_leases(owner: UUID, run_ids: Collection[UUID], *, lease_seconds: float) -> set[UUID]:
    """Renew the leases that the owner still has, and return those runs."""
    mine = Run.objects.filter(pk__in=run_ids, lease_owner=owner, status=Run.Status.RUNNING)
    mine.update(lease_expires_at=from_now(lease_seconds))
    return set(mine.values_list("pk", flat=True))


def add_reconnects(returns: Mapping[UUID, int]) -> None:
    """Count followers who came back to runs that another process executes."""
    for run_id, number in returns.items():
        Run.objects.filter(pk=run_id).update(reconnects=F("reconnects") + number)


def cancel_requests(run_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the runs that somebody asked to stop, or whose conversation was deleted."""
    wanted = Run.objects.filter(pk__in=run_ids, cancel_requested_at__isnull=True)
    return set(run_ids) - set(wanted.values_list("pk", flat=True))


@transaction.atomic
def release_run(checkpoint: Checkpoint) -> None:
    """Give up a run with the text it has: any process may claim it and go on. Raises LeaseLost."""
    released = _held(checkpoint.run_id, checkpoint.fence).update(
        status=Run.Status.QUEUED,
        lease_owner=None,
        lease_expires_at=None,
        checkpoint_seq=checkpoint.seq,
    )
    if not released:
        raise LeaseLost(f"run {checkpoint.run_id} is not held under fence {checkpoint.fence}")
    Message.objects.filter(pk=checkpoint.message_id).update(content=checkpoint.text, work=checkpoint.work)


def record_checkpoints(checkpoints: Sequence[Checkpoint]) -> None:
    """Store the texts of live runs; of a run whose lease is lost nothing is written."""
    if connection.vendor == "postgresql":
        rows = [
            {"run": str(one.run_id), "fence": one.fence, "seq": one.seq, "text": one.text, "work": one.work}
            for one in checkpoints
        ]
        with connection.cursor() as cursor:
            cursor.execute(_CHECKPOINT, [json.dumps(rows, ensure_ascii=False)])
    else:
        _record_checkpoints_with_orm(checkpoints)


@transaction.atomic
def _record_checkpoints_with_orm(checkpoints: Sequence[Checkpoint]) -> None:
    # In one order everywhere, so that two processes cannot wait for each other.
    for checkpoint in sorted(checkpoints, key=lambda one: one.run_id):
        if _held(checkpoint.run_id, checkpoint.fence).update(checkpoint_seq=checkpoint.seq):
            stored = Message.objects.filter(pk=checkpoint.message_id)
            stored.update(content=checkpoint.text, work=checkpoint.work)


def record_end(run: Run, *, ending: Ending) -> None:
    """Commit text, status and usage at once, under the run's fence; then bring the run up to date.

    Raises LeaseLost.
    """
    for name, value in _commit_end(run, ending).items():
        setattr(run, name, value)
    if ending.text is None:
        run.message.refresh_from_db(fields=["content", "work"])
    else:
        run.message.content = ending.text
        run.message.work = ending.work
    run_ended.send_robust(Run, run=run)


@transaction.atomic
def _commit_end(run: Run, ending: Ending) -> dict[str, Any]:
    """Store the end and return what it changed; the run itself stays as it is, for another attempt."""
    now = timezone.now()
    changes = {
        "status": ending.status,
        "ended_at": now,
        "last_seq": ending.last_seq,
        "checkpoint_seq": ending.last_seq,
        "finish_reason": ending.finish_reason,
        "error_code": ending.error_code,
        "ttft_ms": ending.ttft_ms,
        "duration_ms": max(0, int((now - run.created_at).total_seconds() * 1000)),
    }
    # Other processes count in the same column.
    reconnects = F("reconnects") + ending.reconnects
    if not _held(run.pk, run.fence).update(reconnects=reconnects, **changes):
        raise LeaseLost(f"run {run.pk} is not held under fence {run.fence}")
    changes["reconnects"] = run.reconnects + ending.reconnects
    if ending.text is not None:
        Message.objects.filter(pk=run.message_id).update(content=ending.text, work=ending.work)
    Conversation.objects.filter(pk=run.conversation_id).change(updated_at=now, answered_at=Now())
    if ending.text is None:
        index_messages(run.conversation, [Message.objects.get(pk=run.message_id)])
    else:
        said = Message(pk=run.message_id, content=ending.text, created_at=run.message.created_at)
        index_messages(run.conversation, [said])
    if ending.usage is not None:
        _record_usage(run, ending.usage)
    return changes


def terminal_fact(run: Run, usage: TokenUsage | None) -> Done | Error:
    """Return the last event of an ended run, from what is stored of it: whoever says it says the same."""
    if run.status in (Run.Status.COMPLETED, Run.Status.CANCELLED):
        return Done(
            status="completed" if run.status == Run.Status.COMPLETED else "cancelled",
            finish_reason=run.finish_reason,
            usage=usage,
            ttft_ms=run.ttft_ms,
            duration_ms=run.duration_ms or 0,
            trace_id=run.trace_id,
        )
    error = RUN_ERRORS.get(run.error_code, InternalError)
    with translation.override(run.language or None):
        return Error(
            code=error.code, message=str(error.message), retryable=error.retryable, trace_id=run.trace_id
        )


def stored_usage(run: Run) -> TokenUsage | None:
    """Return what a run used, if that is known."""
    usage = Usage.objects.filter(run=run).first()
    if usage is None:
        return None
    return TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        accuracy="exact" if usage.accuracy == Usage.Accuracy.EXACT else "estimated",
        cost=None if usage.cost is None else f"{usage.cost:.6f}",
    )


def _held(run_id: UUID, fence: int) -> RunQuerySet:
    return Run.objects.held(fence).filter(pk=run_id)


def _record_usage(run: Run, usage: TokenUsage) -> None:
    Usage.objects.create(
        run=run,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        accuracy=usage.accuracy,
        cost=None if usage.cost is None else Decimal(usage.cost),
    )
