"""Messages: read the shown path, begin a turn, answer once more, give a thumb."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput, MessageNotFound
from chat.followers import followers
from chat.forms import FeedbackForm, RegenerateForm, TurnForm, valid
from chat.models import Feedback, Message
from chat.permissions import current_policy
from chat.protocol.sse import EVENT_STREAM
from chat.runs.tree import read_path
from chat.runs.turns import Turn, regenerate, start_turn
from chat.views.addresses import run_addresses
from chat.views.api import accepts, api, json_body, traceparent_from
from chat.views.conversations import visible_conversation
from chat.views.paging import PAGE_LENGTH
from chat.views.representations import message_json, new_message_json
from chat.views.streams import stream_response


async def list_messages(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A page of the shown path, newest first; the cursor pages back to its root."""
    found = await visible_conversation(member, conversation)
    cursor = request.GET.get("cursor")
    page = await read_path(found, length=PAGE_LENGTH, until=_message_id(cursor), user=member)
    if page is None:
        raise InvalidInput("bad cursor", fields={"cursor": [_("This is not a cursor.")]})
    results = [message_json(step) for step in reversed(page.steps)]
    return JsonResponse({"results": results, "next": str(page.older) if page.older else None})


async def post_message(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A turn: its events at once for who accepts a stream, else where to find them."""
    new = replace(valid(TurnForm, json_body(request)).turn(), traceparent=traceparent_from(request))
    _require_room(request)
    turn = await start_turn(user=member, conversation_id=conversation, new=new)
    return _turn_response(request, member, turn)


async def post_regeneration(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """A sibling answer to the same question."""
    form = valid(RegenerateForm, json_body(request))
    _require_room(request)
    turn = await regenerate(
        user=member,
        message_id=message,
        assistant=form.cleaned_data["assistant"],
        traceparent=traceparent_from(request),
    )
    return _turn_response(request, member, turn)


async def post_feedback(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """The member's thumb on an answer; null takes it back."""
    form = valid(FeedbackForm, json_body(request))
    answers = current_policy().messages(member).filter(role=Message.Role.ASSISTANT)
    found = await answers.filter(pk=message).afirst()
    if found is None:
        raise MessageNotFound
    rating, comment = form.cleaned_data["rating"], form.cleaned_data["comment"]
    if rating is None:
        await Feedback.objects.filter(message=found, user=member).adelete()
        return JsonResponse({"rating": None, "comment": ""})
    await Feedback.objects.aupdate_or_create(
        message=found, user=member, defaults={"rating": rating, "comment": comment}
    )
    return JsonResponse({"rating": rating, "comment": comment})


def _turn_response(request: HttpRequest, member: Any, turn: Turn) -> HttpResponseBase:
    if accepts(request, EVENT_STREAM):
        response = stream_response(request, member, turn.run, after=0)
        response.headers["X-Chat-Run"] = str(turn.run.pk)
        response.headers["X-Chat-User-Message"] = str(turn.user_message.pk)
        return response
    body = {
        "user_message": new_message_json(turn.user_message),
        "assistant_message": new_message_json(turn.assistant_message, turn.run),
        "run": {
            "id": str(turn.run.pk),
            "status": turn.run.status,
            "trace_id": turn.run.trace_id,
            **run_addresses(turn.run.pk),
        },
        **run_addresses(turn.run.pk),
    }
    headers = {"X-Trace-ID": turn.run.trace_id}
    return JsonResponse(body, status=201 if turn.is_new else 200, headers=headers)


def _require_room(request: HttpRequest) -> None:
    """Refuse a turn whose events could not be told, before it is stored. Raises Unavailable."""
    if accepts(request, EVENT_STREAM):
        followers.require_room()


def _message_id(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    try:
        return UUID(cursor)
    except ValueError as error:
        raise InvalidInput("bad cursor", fields={"cursor": [_("This is not a cursor.")]}) from error


collection = api(GET=list_messages, POST=post_message)
regeneration = api(POST=post_regeneration)
feedback = api(POST=post_feedback)
