"""How a conversation is deleted: hidden at once, its answer stopped, restored if its member wants it back."""

from chat.exceptions import RunNotFound
from chat.models import Conversation
from chat.models.run import from_now
from chat.runs.cancellation import request_cancel


async def delete_conversation(conversation: Conversation) -> None:
    """Hide the conversation from its member until it is purged, and stop what is being answered in it."""
    # First: a turn that comes meanwhile waits for this row, and finds nothing or is stopped below.
    await Conversation.objects.kept().filter(pk=conversation.pk).achange(deleted_at=from_now(0))
    async for run in conversation.runs.active():
        try:
            await request_cancel(run.pk)
        except RunNotFound:
            # Somebody else purges it.
            continue


async def restore_conversation(conversation: Conversation) -> None:
    """Have a deleted conversation back where it was; an answer that was stopped stays as it is."""
    await Conversation.objects.deleted().filter(pk=conversation.pk).achange(deleted_at=None)
