"""How everything that the app keeps of a member is deleted, at once and for good."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction

from chat.exceptions import RunNotFound
from chat.models import Attachment, Conversation, Feedback, Run, SavedPrompt, SharedConversation
from chat.runs.cancellation import request_cancel
from chat.runs.dispatch import current_dispatcher
from chat.runs.purging import forget_logged, record_purge


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
    own = Conversation.objects.filter(owner=user)
    async for conversation_id in own.values_list("pk", flat=True):
        logged = await sync_to_async(record_purge)(conversation_id, among=own)
        await forget_logged(current_dispatcher().log, logged, conversation_id)
    await sync_to_async(_record_rest)(user)


@transaction.atomic
def _record_rest(user: Any) -> None:
    for rows in (Attachment, SharedConversation, SavedPrompt):
        rows._default_manager.filter(owner=user).delete()
    Feedback.objects.filter(user=user).delete()
