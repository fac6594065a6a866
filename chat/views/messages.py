"""Messages: read a path, begin a turn, answer once more or go on, choose a branch, copy one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput, MessageNotFound
from chat.followers import followers
from chat.forms import BranchForm, ContinueForm, FeedbackForm, RegenerateForm, SelectForm, TurnForm, valid
from chat.models import Conversation
from chat.permissions import current_policy
from chat.protocol.sse import EVENT_STREAM
from chat.runs.answers import continue_answer, regenerate
from chat.runs.branching import branch_off
from chat.runs.opinions import give_feedback
from chat.runs.queueing import NewAnswer, Turn
from chat.runs.selection import select_branch
from chat.runs.tree import PathPage, read_after, read_around, read_path
from chat.runs.turns import start_turn
from chat.views.addresses import run_addresses
from chat.views.api import accepts, api, json_body, traceparent_from
from chat.views.conversations import visible_conversation
from chat.views.paging import PAGE_LENGTH
from chat.views.representations import conversation_json, message_json, new_message_json
from chat.views.streams import stream_response


async def list_messages(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A page of a path, newest first: its end, or the part around or after a message.

    The cursor pages back to the root.
    """
    found = await visible_conversation(member, conversation)
    if around := _message_id(request, "message"):
        page = await read_around(found, around, length=PAGE_LENGTH, user=member)
        return _path_response(page, named="message")
    if after := _message_id(request, "after"):
        page = await read_after(found, after, length=PAGE_LENGTH, user=member)
        return _path_response(page, named="after")
    until = _message_id(request, "cursor")
    page = await read_path(found, length=PAGE_LENGTH, until=until, user=member)
    return _path_response(page, named="cursor")


async def read_message(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """One message, with its run."""
    page = await read_path(await _conversation_of(member, message), length=1, until=message, user=member)
    if page is None:
        raise MessageNotFound
    return JsonResponse(message_json(page.steps[0]))


async def post_message(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A turn: its events at once for who accepts a stream, else where to find them."""
    new = replace(valid(TurnForm, json_body(request)).turn(), traceparent=traceparent_from(request))
    _require_room(request)
    turn = await start_turn(user=member, conversation_id=conversation, new=new)
    return _turn_response(request, member, turn)


async def post_regeneration(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """A sibling answer to the same question."""
    new = _traced(request, valid(RegenerateForm, json_body(request)).answer())
    return _turn_response(request, member, await regenerate(user=member, message_id=message, new=new))


async def post_continuation(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """The rest of an answer that was cut, as a sibling that begins with it."""
    new = _traced(request, valid(ContinueForm, json_body(request)).answer())
    return _turn_response(request, member, await continue_answer(user=member, message_id=message, new=new))


async def post_selection(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """Another branch to show; answers the part of it around the message that was chosen."""
    step = valid(SelectForm, json_body(request)).cleaned_data["step"]
    found, chosen = await select_branch(user=member, message_id=message, step=step)
    page = await read_around(found, chosen, length=PAGE_LENGTH, user=member)
    return _path_response(page, named="message", chosen=str(chosen))


async def post_branch(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """A new conversation that begins as this one did, up to a message."""
    client_id = valid(BranchForm, json_body(request)).cleaned_data["client_id"]
    branch, is_new = await branch_off(user=member, message_id=message, client_id=client_id)
    return JsonResponse(conversation_json(branch), status=201 if is_new else 200)


async def post_feedback(request: HttpRequest, member: Any, message: UUID) -> HttpResponseBase:
    """The member's thumb on an answer; null takes it back."""
    form = valid(FeedbackForm, json_body(request))
    return JsonResponse(await give_feedback(member, message, form.cleaned_data))


async def _conversation_of(member: Any, message_id: UUID) -> Conversation:
    visible = current_policy().messages(member).select_related("conversation")
    found = await visible.filter(pk=message_id).afirst()
    if found is None:
        raise MessageNotFound
    return found.conversation


def _path_response(page: PathPage | None, *, named: str, **more: str) -> JsonResponse:
    """Return a part of a path; ``named`` is the parameter that named its place."""
    if page is None:
        raise InvalidInput(f"bad {named}", fields={named: [_("This is not a cursor.")]})
    return JsonResponse(
        {
            "results": [message_json(step) for step in reversed(page.steps)],
            "next": str(page.older) if page.older else None,
            "newer": str(page.newer) if page.newer else None,
            **more,
        }
    )


def _traced(request: HttpRequest, new: NewAnswer) -> NewAnswer:
    """Refuse what could not be told; else name the request's place in a trace."""
    _require_room(request)
    return replace(new, traceparent=traceparent_from(request))


def _turn_response(request: HttpRequest, member: Any, turn: Turn) -> HttpResponseBase:
    if accepts(request, EVENT_STREAM):
        response = stream_response(request, member, turn.run, after=0)
        response.headers["X-Chat-Run"] = str(turn.run.pk)
        response.headers["X-Chat-User-Message"] = str(turn.user_message.pk)
        return response
    body = {
        "user_message": new_message_json(turn.user_message, files=turn.files),
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


def _message_id(request: HttpRequest, name: str) -> UUID | None:
    given = request.GET.get(name)
    if not given:
        return None
    try:
        return UUID(given)
    except ValueError as error:
        raise InvalidInput(f"bad {name}", fields={name: [_("This is not a cursor.")]}) from error


collection = api(GET=list_messages, POST=post_message)
item = api(GET=read_message)
regeneration = api(POST=post_regeneration)
continuation = api(POST=post_continuation)
selection = api(POST=post_selection)
branch = api(POST=post_branch)
feedback = api(POST=post_feedback)
