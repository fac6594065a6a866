"""How a conversation is deleted: its answer is stopped, its rows go, and what the log still has of it."""

import logging
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction

from chat.eventlog.base import LogUnavailable
from chat.exceptions import RunNotFound
from chat.models import Conversation, Run
from chat.runs.cancellation import request_cancel
from chat.runs.dispatch import current_dispatcher

logger = logging.getLogger("chat.runs")


async def delete_conversation(conversation: Conversation) -> None:
    """Stop what is being answered, and delete the conversation with all that belongs to it."""
    async for run in conversation.runs.active():
        try:
            await request_cancel(run.pk)
        except RunNotFound:
            # Somebody else deletes it too.
            continue
    logged = await sync_to_async(record_deletion)(conversation.pk)
    try:
        await current_dispatcher().log.drop(logged)
    except LogUnavailable:
        logger.warning("log away: what it has of conversation %s expires by itself", conversation.pk)


@transaction.atomic
def record_deletion(conversation_id: UUID) -> list[UUID]:
    """Delete the rows; return the runs that the log may still have."""
    # Locked before the rows below it are looked up: a turn that comes meanwhile waits, and finds nothing.
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if conversation is None:
        return []
    logged = list(Run.objects.filter(conversation=conversation, is_logged=True).values_list("pk", flat=True))
    conversation.delete()
    return logged
