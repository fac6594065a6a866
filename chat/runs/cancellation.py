"""How a run is stopped: durably, from any process, before the first token too."""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Case, When
from django.utils import timezone

from chat.exceptions import RunNotFound
from chat.models import Conversation, Run
from chat.runs.dispatch import current_dispatcher
from chat.runs.engine import StopReason


async def request_cancel(run_id: UUID) -> bool:
    """Ask for a run to stop; return True if it was still active.

    Its executor hears it at once in this process, within ``CANCEL_POLL_SECONDS`` in another one, and
    keeps what was said. Raises RunNotFound.
    """
    was_active = await sync_to_async(record_cancel_request)(run_id)
    current_dispatcher().stop(run_id, StopReason.CANCELLED)
    return was_active


def record_cancel_request(run_id: UUID) -> bool:
    """Store the wish; a run that nobody has begun ends here and now. Raises RunNotFound."""
    runs = Run.objects.filter(pk=run_id)
    now = timezone.now()
    # The rest of a cut answer begins with text: followers hear it in a snapshot, which needs a number.
    last_seq = Case(When(inherited_characters=0, then=1), default=2)
    # One that a process has given up is ended by its next one, which accounts for what it used.
    ended = runs.filter(status=Run.Status.QUEUED, attempt=0).update(
        status=Run.Status.CANCELLED, cancel_requested_at=now, ended_at=now, last_seq=last_seq, duration_ms=0
    )
    if ended:
        Conversation.objects.filter(pk__in=runs.values("conversation")).change()
        return True
    asked = runs.active().filter(cancel_requested_at__isnull=True).update(cancel_requested_at=now)
    if asked:
        return True
    status = runs.values_list("status", flat=True).first()
    if status is None:
        raise RunNotFound(f"run {run_id}")
    return status in Run.ACTIVE
