"""What members think of answers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction

from chat.exceptions import MessageNotFound, RunActive
from chat.models import Conversation, Feedback, Message, Run
from chat.permissions import current_policy


async def give_feedback(member: Any, message_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Store a member's ``rating``, ``reasons`` and ``comment``, or take them back; return what is stored.

    The member's other tabs hear of it.
    Raises MessageNotFound, and RunActive for an answer that is being written.
    """
    answers = current_policy().messages(member).filter(role=Message.Role.ASSISTANT)
    found = await answers.select_related("run").filter(pk=message_id).afirst()
    if found is None:
        raise MessageNotFound
    run: Run | None = getattr(found, "run", None)
    if run is not None and run.is_active:
        raise RunActive(run.pk)
    await sync_to_async(_record_opinion)(member, found, given)
    return {"rating": None, "comment": "", "reasons": []} if given["rating"] is None else given


def ratings_in(conversation_id: UUID, member: Any) -> Mapping[str, int]:
    """Return the member's ratings in a conversation, by the ids of the answers."""
    own = Feedback.objects.filter(message__conversation=conversation_id, user=member)
    return {str(message_id): rating for message_id, rating in own.values_list("message_id", "rating")}


async def rating_of(member: Any, message_id: UUID) -> int | None:
    """Return the member's rating of an answer, if there is one."""
    own = Feedback.objects.filter(message=message_id, user=member)
    return await own.values_list("rating", flat=True).afirst()


@transaction.atomic
def _record_opinion(member: Any, answer: Message, given: Mapping[str, Any]) -> None:
    # First: it locks the row, and finds none where everything was deleted meanwhile.
    if not Conversation.objects.filter(pk=answer.conversation_id).change():
        raise MessageNotFound
    if given["rating"] is None:
        Feedback.objects.filter(message=answer, user=member).delete()
    else:
        Feedback.objects.update_or_create(message=answer, user=member, defaults=given)
