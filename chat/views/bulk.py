"""Several conversations at once."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from chat.forms import SeveralForm, valid
from chat.runs.listing import change_several
from chat.views.api import api, json_body
from chat.views.conversations import active_runs
from chat.views.representations import conversation_json


async def change(request: HttpRequest, member: Any) -> HttpResponseBase:
    """Pin, archive, delete or restore all of them, or none."""
    form = valid(SeveralForm, json_body(request))
    changed = await change_several(member, form.cleaned_data["ids"], form.cleaned_data["action"])
    active = await active_runs(changed)
    results = [conversation_json(one, active.get(one.pk)) for one in changed]
    return JsonResponse({"results": results})


collection = api(POST=change)
