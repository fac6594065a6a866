"""Whether a member who opened a stream may still read it: they may have signed out meanwhile."""

import logging
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest

from chat.conf import session_store
from chat.database import TRANSIENT_ERRORS, in_database
from chat.permissions import current_policy

logger = logging.getLogger("chat.sessions")


async def may_stay(
    session_key: str | None, member: Any, *, run_id: UUID | None = None, conversation_id: UUID | None = None
) -> bool:
    """True if the session still belongs to the member, and the policy still lets them chat.

    With ``run_id`` or ``conversation_id``, also only while they may see that one. True while the database
    is away: that ends no answer, and whoever asks will ask again. Uses no thread of the request.
    """
    try:
        return await in_database(_may_stay, session_key, member, run_id, conversation_id)
    except TRANSIENT_ERRORS as error:
        logger.warning("database away, access not checked (%s)", type(error).__name__)
        return True


def _may_stay(
    session_key: str | None, member: Any, run_id: UUID | None, conversation_id: UUID | None
) -> bool:
    request = HttpRequest()
    request.session = session_store(session_key)
    user = get_user(request)
    policy = current_policy()
    if user.pk != member.pk or not policy.may_chat(user):
        return False
    if run_id is not None and not policy.runs(user).filter(pk=run_id).exists():
        return False
    return conversation_id is None or policy.conversations(user).filter(pk=conversation_id).exists()
