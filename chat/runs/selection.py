"""Which of several branches a conversation shows."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from chat.exceptions import MessageNotFound
from chat.models import Conversation, Message
from chat.permissions import current_policy
from chat.runs.queueing import refuse_if_answering, writable
from chat.runs.tree import children_of
from chat.runs.whole_tree import path_through, read_parents, written


async def select_branch(*, user: Any, message_id: UUID, step: int = 0) -> tuple[Conversation, UUID]:
    """Show the path through a message, or through the sibling so many steps after it; return which that is.

    Beyond the first and the last sibling there is none to go to: the nearest one is chosen. The path goes on
    by what was last said, or chosen, at each fork. Nothing is deleted.

    Raises MessageNotFound, NotAllowed, RunActive.
    """
    return await sync_to_async(_select)(user, message_id, step)


@transaction.atomic
def _select(user: Any, message_id: UUID, step: int) -> tuple[Conversation, UUID]:
    message = current_policy().messages(user).filter(pk=message_id).first()
    if message is None:
        raise MessageNotFound
    conversation = writable(user, message.conversation_id)
    refuse_if_answering(conversation)
    siblings = children_of(conversation, [message.parent_id])[message.parent_id]
    place = min(max(siblings.index(message_id) + step, 0), len(siblings) - 1)
    chosen = siblings[place]
    parents = read_parents(conversation.messages.latest_wanted_last())
    shown = conversation.active_leaf_id
    path = path_through(written(chosen), parents, active_leaf=written(shown) if shown else None)
    leaf = UUID(path[-1])
    if leaf != conversation.active_leaf_id:
        Message.objects.filter(pk=chosen).update(chosen_at=timezone.now())
        conversation.active_leaf_id = leaf
        Conversation.objects.filter(pk=conversation.pk).change(active_leaf=leaf)
    return conversation, chosen
