"""A reader's own copy of what they were shown."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from asgiref.sync import sync_to_async
from django.db import IntegrityError
from django.utils import timezone

from chat.archive.schema import ArchivedConversation, ArchivedMessage
from chat.archive.storing import store_conversation
from chat.models import Conversation, SharedConversation
from chat.sharing.snapshot import from_rows

# The namespace of ids that are made of a reader, a share and a click.
COPIES = UUID("8a0f0c56-17a8-4cf5-9c35-6a3c2d4e9f20")


async def copy_shared(reader: Any, share: SharedConversation, *, click: str) -> UUID:
    """Store what a share shows as the reader's own conversation; a second press finds it. Returns its id."""
    conversation_id = uuid5(COPIES, f"{reader.pk} {share.pk} {click}")
    if not await Conversation.objects.filter(pk=conversation_id).aexists():
        try:
            await sync_to_async(store_conversation)(reader, conversation_id, _archived(share))
        except IntegrityError:
            # The other press was quicker.
            if not await Conversation.objects.filter(pk=conversation_id).aexists():
                raise
    return conversation_id


def _archived(share: SharedConversation) -> ArchivedConversation:
    now = timezone.now()
    messages = [
        ArchivedMessage(
            number=number,
            parent=number - 1 or None,
            role=message.role,
            content=message.content,
            created_at=datetime.fromisoformat(message.created_at),
            model=message.model,
            work=message.work,
        )
        for number, message in enumerate(from_rows(share.messages), start=1)
    ]
    return ArchivedConversation(
        title=share.title,
        assistant="",
        created_at=now,
        updated_at=now,
        shown=len(messages) or None,
        messages=messages,
    )
