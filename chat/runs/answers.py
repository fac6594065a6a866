"""Other answers to what was asked already: once more, or the rest of one that was cut."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chat.exceptions import ClientMessageIdReused, InvalidInput, MessageNotFound
from chat.models import Conversation, Message, Run
from chat.permissions import current_policy
from chat.runs.beginning import begun
from chat.runs.queueing import (
    NewAnswer,
    Turn,
    queue_answer,
    refuse_if_answering,
    refuse_if_over_limits,
    writable,
)


async def regenerate(*, user: Any, message_id: UUID, new: NewAnswer) -> Turn:
    """Have a question answered once more; ``message_id`` is the question, or an answer to it.

    The new answer is a sibling, the old one stays. The same ``client_message_id`` gives the same turn.

    Raises MessageNotFound, NotAllowed, RunActive, ClientMessageIdReused, RateLimited, Unavailable,
    InvalidInput.
    """
    return await begun(lambda claim: record_regeneration(user, message_id, replace(new, claim=claim)))


async def continue_answer(*, user: Any, message_id: UUID, new: NewAnswer) -> Turn:
    """Have an answer that was cut go on: a sibling begins with its text.

    The assistant and the model are those that began it. Raises what ``regenerate`` raises, and InvalidInput
    for an answer that was not cut.
    """
    return await begun(lambda claim: record_continuation(user, message_id, replace(new, claim=claim)))


@transaction.atomic
def record_regeneration(user: Any, message_id: UUID, new: NewAnswer) -> Turn:
    """Store another answer to the same question."""
    message, conversation = _message(user, message_id)
    question = message if message.role == Message.Role.USER else message.parent
    if question is None:
        raise MessageNotFound
    return _same_click(conversation, question, new) or _queued(user, conversation, question, new)


@transaction.atomic
def record_continuation(user: Any, message_id: UUID, new: NewAnswer) -> Turn:
    """Store an answer that begins as the cut one does."""
    cut, conversation = _message(user, message_id)
    run: Run | None = getattr(cut, "run", None)
    if run is None or cut.parent is None:
        raise MessageNotFound
    if earlier := _same_click(conversation, cut.parent, new):
        return earlier
    if not (run.is_cut and cut.content):
        raise InvalidInput(fields={"__all__": [_("This answer is complete.")]})
    same = replace(new, assistant=run.assistant, model=run.model)
    return _queued(user, conversation, cut.parent, same, cut)


def _message(user: Any, message_id: UUID) -> tuple[Message, Conversation]:
    spoken = current_policy().messages(user).filter(role__in=[Message.Role.USER, Message.Role.ASSISTANT])
    message = spoken.select_related("parent", "run").filter(pk=message_id).first()
    if message is None:
        raise MessageNotFound
    return message, writable(user, message.conversation_id)


def _same_click(conversation: Conversation, question: Message, new: NewAnswer) -> Turn | None:
    if not new.client_message_id:
        return None
    messages = conversation.messages.select_related("run")
    earlier = messages.filter(client_message_id=new.client_message_id).first()
    if earlier is None:
        return None
    if earlier.role != Message.Role.ASSISTANT or earlier.parent_id != question.pk:
        raise ClientMessageIdReused
    return Turn(user_message=question, assistant_message=earlier, run=earlier.run, is_new=False)


def _queued(
    user: Any, conversation: Conversation, question: Message, new: NewAnswer, cut: Message | None = None
) -> Turn:
    refuse_if_answering(conversation)
    refuse_if_over_limits(user)
    return queue_answer(user, conversation, question, new, cut=cut)
