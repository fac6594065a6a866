"""How everything that the app keeps of a member is deleted, at once and for good."""

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction

from chat.eventlog.base import LogUnavailable
from chat.exceptions import RunNotFound
from chat.models import Attachment, Conversation, Feedback, Run, SavedPrompt, SharedConversation
from chat.runs.cancellation import request_cancel
from chat.runs.dispatch import current_dispatcher

logger = logging.getLogger("chat.runs")


async def delete_everything_of(user: Any) -> None:
    """Stop what is being answered for this user and delete all that the app has of them.

    Conversations (those too that wait for their purge), files, links, prompts, thumbs, and what the event
    log has. The account itself is the site's: call this before deleting it, and ask before this whether it
    can be deleted (rows of the site may protect it). May be called again if it was interrupted.
    """
    async for run in Run.objects.active().filter(conversation__owner=user):
        try:
            await request_cancel(run.pk)
        except RunNotFound:
            continue
    # One by one: each is a short transaction, however many there are.
    async for conversation_id in Conversation.objects.filter(owner=user).values_list("pk", flat=True):
        logged = await sync_to_async(_record_erasure)(conversation_id)
        try:
            await current_dispatcher().log.drop(logged)
        except LogUnavailable:
            logger.warning("log away: what it has of conversation %s expires by itself", conversation_id)
    await sync_to_async(_record_rest)(user)


@transaction.atomic
def _record_erasure(conversation_id: UUID) -> list[UUID]:
    """Delete a conversation; return the runs that the log may still have."""
    # Locked before the rows below it are looked up: a turn that comes meanwhile waits, and finds nothing.
    locked = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if locked is None:
        return []
    logged = list(Run.objects.filter(conversation=locked, is_logged=True).values_list("pk", flat=True))
    locked.delete()
    return logged


@transaction.atomic
def _record_rest(user: Any) -> None:
    for rows in (Attachment, SharedConversation, SavedPrompt):
        rows._default_manager.filter(owner=user).delete()
    Feedback.objects.filter(user=user).delete()
