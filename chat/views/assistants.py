"""The assistants that a member may use."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from chat.assistants import Assistant, load_assistants
from chat.permissions import current_policy
from chat.views.api import api
from chat.views.representations import assistant_json


async def list_assistants(request: HttpRequest, member: Any) -> HttpResponseBase:
    """All of them, the default one first."""
    results = [assistant_json(assistant) for assistant in usable_assistants(member)]
    return JsonResponse({"results": results, "next": None})


def usable_assistants(member: Any) -> list[Assistant]:
    """Return the assistants that the policy lets this member use."""
    policy = current_policy()
    return [one for one in load_assistants().values() if policy.may_use_assistant(member, one.key)]


collection = api(GET=list_assistants)
