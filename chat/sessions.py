"""Whether a member who opened a stream may still read it: they may have signed out meanwhile."""

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest

from chat.conf import session_store
from chat.database import in_database
from chat.permissions import current_policy


async def may_stay(session_key: str | None, member: Any, *, run_id: UUID | None = None) -> bool:
    """True if the session still belongs to the member, and the policy still lets them chat.

    With ``run_id``, also only while they may see that run. Uses no thread of the request.
    """
    return await in_database(_may_stay, session_key, member, run_id)


def _may_stay(session_key: str | None, member: Any, run_id: UUID | None) -> bool:
    request = HttpRequest()
    request.session = session_store(session_key)
    user = get_user(request)
    policy = current_policy()
    if user.pk != member.pk or not policy.may_chat(user):
        return False
    return run_id is None or policy.runs(user).filter(pk=run_id).exists()
