"""How a turn begins: what the member said and the queued run are stored in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chat.exceptions import ClientMessageIdReused, InvalidInput, MessageNotFound, RunActive
from chat.models import Attachment, Conversation, Message, Run
from chat.permissions import current_policy
from chat.runs.beginning import begun, recorded
from chat.runs.queueing import (
    NewAnswer,
    Turn,
    later_than,
    queue_answer,
    refuse_if_over_limits,
    writable,
)
from chat.runs.records import Claim
from chat.runs.statements import BEFORE_A_TURN


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """What a member sends. Without ``parent_id`` it continues the path that is shown.

    ``is_first`` lets it answer nothing: the conversation begins with it once more, on a branch of its own.
    ``traceparent`` is the request's place in a trace, as ``read_traceparent`` gives it.
    """

    content: str
    client_message_id: str
    parent_id: UUID | None = None
    is_first: bool = False
    # Empty means the conversation's own.
    assistant: str = ""
    # None means the conversation's own, empty the assistant's or the provider's.
    model: str | None = None
    # Files that the member uploaded before.
    attachments: Sequence[UUID] = ()
    traceparent: str = ""


async def start_turn(*, user: Any, conversation_id: UUID, new: NewTurn) -> Turn:
    """Store what the member said and have it answered; the same ``client_message_id`` gives the same turn.

    Raises ConversationNotFound, MessageNotFound for the parent, NotAllowed, RunActive,
    ClientMessageIdReused, RateLimited, Unavailable, and InvalidInput for an unknown assistant, model or
    file, and for images that the model cannot look at.
    """
    return await begun(partial(_record_turn, user, conversation_id, new))


def record_turn(user: Any, conversation_id: UUID, new: NewTurn, claim: Claim | None = None) -> Turn:
    """Store a turn. Without a claim it is queued: whoever dispatches next begins it."""
    return recorded(partial(_record_turn, user, conversation_id, new, claim))


@transaction.atomic
def _record_turn(user: Any, conversation_id: UUID, new: NewTurn, claim: Claim | None) -> Turn:
    conversation = writable(user, conversation_id)
    ((earlier, active),) = BEFORE_A_TURN.rows(conversation=conversation.pk, click=new.client_message_id)
    if earlier:
        return _same_turn(Message.objects.get(pk=earlier), new)
    if active:
        raise RunActive(active)
    refuse_if_over_limits(user)
    parent = None if new.is_first else _parent(conversation, new.parent_id)
    said_at = later_than(parent)
    question = Message(
        conversation=conversation,
        parent=parent,
        role=Message.Role.USER,
        content=new.content,
        client_message_id=new.client_message_id,
        created_at=said_at,
    )
    files = _files(user, new.attachments)
    wanted = NewAnswer(assistant=new.assistant, model=new.model, traceparent=new.traceparent, claim=claim)
    return queue_answer(user, conversation, question, wanted, is_new_question=True, files=files)


def _same_turn(question: Message, new: NewTurn) -> Turn:
    if question.role != Message.Role.USER or question.content != new.content:
        raise ClientMessageIdReused
    files = list(question.attachments.without_text())
    if {file.pk for file in files} != set(new.attachments):
        raise ClientMessageIdReused
    run = (
        Run.objects.select_related("message")
        .filter(message__parent=question)
        .order_by("created_at", "id")
        .first()
    )
    if run is None:
        raise ClientMessageIdReused
    return Turn(user_message=question, assistant_message=run.message, run=run, is_new=False, files=files)


def _files(user: Any, ids: Sequence[UUID]) -> list[Attachment]:
    if not ids:
        return []
    files = current_policy().attachments(user).without_text().in_bulk(ids)
    if len(files) < len(ids):
        sentence = _("A file is not there any more. Please upload it again.")
        raise InvalidInput("unknown attachment", fields={"attachments": [sentence]})
    return [files[attachment_id] for attachment_id in ids]


def _parent(conversation: Conversation, parent_id: UUID | None) -> Message | None:
    if parent_id is None:
        return conversation.active_leaf
    parent = conversation.messages.filter(pk=parent_id).first()
    if parent is None:
        raise MessageNotFound
    if parent.role == Message.Role.USER:
        raise InvalidInput(fields={"parent": [_("A message of a member cannot be continued by a member.")]})
    return parent
