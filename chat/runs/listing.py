"""What a member does to conversations in their list: rename, pin, archive; one, or several at once."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, assert_never
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction

from chat.exceptions import ConversationNotFound, NotAllowed
from chat.models import Conversation
from chat.permissions import current_policy
from chat.runs.deletion import delete_conversation, restore_conversation
from chat.search.indexing import index_title


class Action(StrEnum):
    """What can be done to several conversations at once."""

    PIN = "pin"
    UNPIN = "unpin"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"
    RESTORE = "restore"


@transaction.atomic
def record_changes(conversation: Conversation, changes: Mapping[str, Any]) -> None:
    """Store changes to a conversation, its title for search too. Raises ConversationNotFound."""
    if not Conversation.objects.filter(pk=conversation.pk).change(**changes):
        raise ConversationNotFound
    if "title" in changes:
        conversation.title = changes["title"]
        index_title(conversation)


async def change_several(user: Any, ids: Collection[UUID], action: Action) -> Sequence[Conversation]:
    """Do it to all of them, and return them as they are then; or to none.

    Raises ConversationNotFound if one of them is none of the user's, NotAllowed.
    """
    chosen = await sync_to_async(_chosen)(user, ids, action)
    rows = Conversation.objects.filter(pk__in=[conversation.pk for conversation in chosen])
    match action:
        case Action.PIN | Action.UNPIN:
            await rows.achange(pinned=action is Action.PIN)
        case Action.ARCHIVE | Action.UNARCHIVE:
            await rows.achange(archived=action is Action.ARCHIVE)
        case Action.DELETE:
            for conversation in chosen:
                await delete_conversation(conversation)
        case Action.RESTORE:
            for conversation in chosen:
                await restore_conversation(conversation)
        case _:
            assert_never(action)
    return [conversation async for conversation in rows.newest_first()]


def _chosen(user: Any, ids: Collection[UUID], action: Action) -> Sequence[Conversation]:
    policy = current_policy()
    wanted = set(ids)
    found = list(policy.conversations(user).filter(pk__in=wanted))
    if action is Action.RESTORE:
        # What was restored before is not missed.
        found += policy.deleted_conversations(user).filter(pk__in=wanted)
    if len(found) != len(wanted):
        raise ConversationNotFound
    if not all(policy.may_post(user, conversation) for conversation in found):
        raise NotAllowed
    return found
