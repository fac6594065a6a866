"""Runs: follow, cancel, and hear how they came to the page."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from chat.database import release_request_connections
from chat.exceptions import RunNotFound
from chat.followers import followers
from chat.forms import ReportForm, valid
from chat.models import Run
from chat.permissions import current_policy
from chat.protocol.sse import EVENT_STREAM, position_from
from chat.runs.cancellation import request_cancel
from chat.runs.following import events_after, has_ended_by
from chat.views.api import accepts, api, json_body
from chat.views.streams import stream_response

MOST_WAIT_SECONDS = 25.0


async def follow(request: HttpRequest, member: Any, run: UUID) -> HttpResponseBase:
    """The events after a position: as a stream, or as one page for who accepts JSON only."""
    found = await visible_run(member, run)
    position = request.headers.get("Last-Event-ID") or request.GET.get("after")
    after = position_from(position)
    if accepts(request, "application/json") and not accepts(request, EVENT_STREAM):
        return await _page(request, found, after)
    if await has_ended_by(found.pk, after):
        return HttpResponse(status=204)
    return stream_response(request, member, found, after=after)


async def cancel(request: HttpRequest, member: Any, run: UUID) -> HttpResponseBase:
    """Ask for the end of a run: 202, or 200 if it had ended."""
    found = await visible_run(member, run)
    was_active = await request_cancel(found.pk)
    return JsonResponse({"id": str(found.pk), "was_active": was_active}, status=202 if was_active else 200)


async def report(request: HttpRequest, member: Any, run: UUID) -> HttpResponseBase:
    """Keep how the answer came, as the page saw it; only the first report of a run counts."""
    found = await visible_run(member, run)
    form = valid(ReportForm, json_body(request))
    await Run.objects.filter(pk=found.pk, client_reconnects__isnull=True).aupdate(**form.changes())
    return HttpResponse(status=204)


async def visible_run(member: Any, run_id: UUID) -> Run:
    """Return a run that the member may follow. Raises RunNotFound."""
    found = await current_policy().runs(member).filter(pk=run_id).afirst()
    if found is None:
        raise RunNotFound
    return found


async def _page(request: HttpRequest, run: Run, after: int) -> HttpResponseBase:
    wait_seconds = _wait_seconds(request)
    if wait_seconds:
        followers.require_room()
        await release_request_connections()
    with followers.counted("poll"):
        events = await events_after(run.pk, after=after, wait_seconds=wait_seconds)
    status = await Run.objects.filter(pk=run.pk).values_list("status", flat=True).afirst()
    if status is None:
        raise RunNotFound
    body = {"events": [{"seq": event.seq, **json.loads(event.data)} for event in events], "status": status}
    return JsonResponse(body, headers={"X-Trace-ID": run.trace_id})


def _wait_seconds(request: HttpRequest) -> float:
    try:
        wait = float(request.GET.get("wait", "0"))
    except ValueError:
        return 0.0
    # Also of "nan", which is no number of seconds.
    return min(wait, MOST_WAIT_SECONDS) if wait > 0 else 0.0


events = api(GET=follow)
cancellation = api(POST=cancel)
experience = api(POST=report)
