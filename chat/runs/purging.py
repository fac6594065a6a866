"""What ends for good: deleted conversations, temporary ones that nobody uses, and shares that expired."""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from chat.conf import chat_settings
from chat.database import in_database
from chat.eventlog.base import EventLog, LogUnavailable
from chat.models import Conversation, Run, SharedConversation
from chat.models.conversation import ConversationQuerySet
from chat.models.run import from_now

CONVERSATIONS_PER_PURGE = 20
SHARES_PER_PURGE = 100
SECONDS_PER_HOUR = 3600
# Its owner sees in the list for so long that a link has expired.
EXPIRED_SHARES_KEPT_SECONDS = 30 * 24 * SECONDS_PER_HOUR

logger = logging.getLogger("chat.runs")


def purgeable() -> ConversationQuerySet:
    """Return the conversations whose time is up; never one that is being answered."""
    settings = chat_settings()
    is_over = Q(deleted_at__lt=from_now(-settings.DELETED_KEPT_HOURS * SECONDS_PER_HOUR))
    is_unused = Q(temporary=True, updated_at__lt=from_now(-settings.TEMPORARY_KEPT_HOURS * SECONDS_PER_HOUR))
    is_answered = Exists(Run.objects.active().filter(conversation=OuterRef("pk")))
    return Conversation.objects.filter(is_over | is_unused).exclude(is_answered)


async def purge_some(log: EventLog) -> int:
    """Purge a batch, and what the log has of it; return how many conversations that were."""
    due = await in_database(_due)
    for conversation_id in due:
        # Asked again: it may have been restored meanwhile, or answered.
        logged = await in_database(record_purge, conversation_id, among=purgeable())
        await forget_logged(log, logged, conversation_id)
    return len(due)


async def forget_logged(log: EventLog, logged: Sequence[UUID], conversation_id: UUID) -> None:
    """Drop what the log has of runs that are no more."""
    try:
        await log.drop(logged)
    except LogUnavailable:
        logger.warning("log away: what it has of conversation %s expires by itself", conversation_id)


def end_expired_shares() -> int:
    """Drop what shares showed that expired a while ago, and take them from the list; return how many."""
    over = SharedConversation.objects.kept().filter(expires_at__lt=from_now(-EXPIRED_SHARES_KEPT_SECONDS))
    keys = list(over.order_by("expires_at").values_list("pk", flat=True)[:SHARES_PER_PURGE])
    return SharedConversation.objects.filter(pk__in=keys).revoke() if keys else 0


@transaction.atomic
def record_purge(conversation_id: UUID, *, among: ConversationQuerySet) -> list[UUID]:
    """Delete a conversation's rows if it is among these; return the runs that the log may still have."""
    # Locked before the rows below it are looked up: a turn that came meanwhile counts, and one that comes
    # later waits, and finds nothing.
    locked = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if locked is None or not among.filter(pk=conversation_id).exists():
        return []
    logged = list(Run.objects.filter(conversation=locked, is_logged=True).values_list("pk", flat=True))
    locked.delete()
    return logged


def _due() -> Sequence[UUID]:
    return list(purgeable().order_by("updated_at").values_list("pk", flat=True)[:CONVERSATIONS_PER_PURGE])
