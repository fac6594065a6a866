"""What members think of answers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chat.exceptions import MessageNotFound, RunActive
from chat.models import Feedback, Message, Run
from chat.permissions import current_policy


async def give_feedback(member: Any, message_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Store a member's ``rating``, ``reasons`` and ``comment``, or take them back; return what is stored.

    Raises MessageNotFound, and RunActive for an answer that is being written.
    """
    answers = current_policy().messages(member).filter(role=Message.Role.ASSISTANT)
    found = await answers.select_related("run").filter(pk=message_id).afirst()
    if found is None:
        raise MessageNotFound
    run: Run | None = getattr(found, "run", None)
    if run is not None and run.is_active:
        raise RunActive(run.pk)
    if given["rating"] is None:
        await Feedback.objects.filter(message=found, user=member).adelete()
        return {"rating": None, "comment": "", "reasons": []}
    await Feedback.objects.aupdate_or_create(message=found, user=member, defaults=given)
    return given


async def rating_of(member: Any, message_id: UUID) -> int | None:
    """Return the member's rating of an answer, if there is one."""
    own = Feedback.objects.filter(message=message_id, user=member)
    return await own.values_list("rating", flat=True).afirst()
