"""What the buttons under a message do without JavaScript: one form for all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from chat.exceptions import MessageNotFound
from chat.permissions import current_policy
from chat.runs.answers import continue_answer, regenerate
from chat.runs.opinions import give_feedback, rating_of
from chat.runs.queueing import NewAnswer
from chat.runs.selection import select_branch
from chat.views.api import traceparent_from
from chat.views.rendering import see_other


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Who pressed a button under which message, and the request's place in a trace."""

    member: Any
    message_id: UUID
    traceparent: str


async def post_act(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """Do what the pressed button says, and show the conversation there."""
    for name, act in ACTS.items():
        if name in request.POST:
            message_id = await _message_here(member, conversation, request.POST[name])
            pressed = Pressed(member=member, message_id=message_id, traceparent=traceparent_from(request))
            place = await act(pressed)
            page = reverse("chat:conversation", args=[conversation])
            return see_other(f"{page}#m-{place}")
    raise MessageNotFound


async def _message_here(member: Any, conversation: UUID, given: str) -> UUID:
    try:
        message_id = UUID(given)
    except ValueError as error:
        raise MessageNotFound from error
    here = current_policy().messages(member).filter(conversation=conversation, pk=message_id)
    if not await here.aexists():
        raise MessageNotFound
    return message_id


async def _previous(pressed: Pressed) -> UUID:
    return (await select_branch(user=pressed.member, message_id=pressed.message_id, step=-1))[1]


async def _next(pressed: Pressed) -> UUID:
    return (await select_branch(user=pressed.member, message_id=pressed.message_id, step=1))[1]


async def _again(pressed: Pressed) -> UUID:
    new = NewAnswer(traceparent=pressed.traceparent)
    turn = await regenerate(user=pressed.member, message_id=pressed.message_id, new=new)
    return turn.assistant_message.pk


async def _go_on(pressed: Pressed) -> UUID:
    new = NewAnswer(traceparent=pressed.traceparent)
    turn = await continue_answer(user=pressed.member, message_id=pressed.message_id, new=new)
    return turn.assistant_message.pk


def _thumb(rating: int) -> Callable[[Pressed], Awaitable[UUID]]:
    async def toggle(pressed: Pressed) -> UUID:
        now = await rating_of(pressed.member, pressed.message_id)
        given: dict[str, Any] = {"rating": None if now == rating else rating, "comment": "", "reasons": []}
        await give_feedback(pressed.member, pressed.message_id, given)
        return pressed.message_id

    return toggle


ACTS: dict[str, Callable[[Pressed], Awaitable[UUID]]] = {
    "previous": _previous,
    "next": _next,
    "again": _again,
    "continue": _go_on,
    "good": _thumb(1),
    "bad": _thumb(-1),
}
