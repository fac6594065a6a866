"""The pages; without JavaScript they still read and send."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import reverse

from chat.database import TRANSIENT_ERRORS
from chat.exceptions import ChatError, NotFound, RateLimited, Unavailable
from chat.forms import TurnForm, valid
from chat.models import Conversation
from chat.permissions import current_policy
from chat.runs.turns import start_turn
from chat.views.acting import post_act
from chat.views.api import traceparent_from
from chat.views.conversations import new_conversation, visible_conversation
from chat.views.page_context import page_context
from chat.views.rendering import away, rendered, see_other

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]

TEMPLATE = "chat/page.html"


def page(**views: View) -> View:
    """Return one view for an address: ``page(GET=…, POST=…)``; who is not signed in goes to do so."""

    async def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        answer = views.get("GET" if request.method == "HEAD" else request.method or "")
        if answer is None:
            return HttpResponseNotAllowed(list(views))
        try:
            return await _answered(answer, request, **kwargs)
        except TRANSIENT_ERRORS as error:
            return await away(request, error)

    return transaction.non_atomic_requests(view)


async def _answered(answer: View, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    member = await request.auser()
    if not current_policy().may_chat(member):
        return redirect_to_login(request.get_full_path())
    # Templates read it, and would ask the database a second time.
    request.user = member
    try:
        return await answer(request, member, **kwargs)
    except ChatError as error:
        context = await page_context(request, member, None, error=str(error.message))
        return await rendered(request, TEMPLATE, context, status=error.http_status)


async def read_index(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The start page: assistants, and questions to begin with."""
    return await rendered(request, TEMPLATE, await page_context(request, member, None))


async def read_conversation(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A conversation."""
    found = await visible_conversation(member, conversation)
    if found.is_unseen:
        await Conversation.objects.filter(pk=found.pk).achange(seen_at=Now())
        found.seen_at = found.answered_at
    return await rendered(request, TEMPLATE, await page_context(request, member, found))


async def send_first(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A first message, sent by the plain form."""
    return await _send(request, member, None)


async def send(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A message, sent by the plain form."""
    return await _send(request, member, await visible_conversation(member, conversation))


async def _send(request: HttpRequest, member: Any, found: Conversation | None) -> HttpResponseBase:
    try:
        # Browsers send a line break of a form as two characters; JSON has one.
        said = next((text for text in request.POST.getlist("content") if text.strip()), "")
        content = said.replace("\r\n", "\n")
        sent = valid(TurnForm, {**request.POST.dict(), "content": content}).turn()
        new = replace(sent, traceparent=traceparent_from(request))
        target = found or await new_conversation(
            member,
            new.assistant,
            begun_by=new.client_message_id,
            temporary="temporary" in request.POST,
        )
        await start_turn(user=member, conversation_id=target.pk, new=new)
    except NotFound:
        raise
    except ChatError as refused:
        return await _refuse(request, member, found, refused)
    return see_other(reverse("chat:conversation", args=[target.pk]))


async def _refuse(
    request: HttpRequest, member: Any, found: Conversation | None, refused: ChatError
) -> HttpResponseBase:
    """Show the page again, with what went wrong and with what was written."""
    context = await page_context(request, member, found, error=" ".join(refused.sentences))
    context["draft"] = request.POST.get("content", "")
    if isinstance(refused, (RateLimited, Unavailable)):
        # The same click again: it finds the conversation that it began, and begins no second one.
        context["client_message_id"] = request.POST["client_message_id"]
    return await rendered(request, TEMPLATE, context, status=refused.http_status)


index = page(GET=read_index, POST=send_first)
conversation = page(GET=read_conversation, POST=send)
act = page(POST=post_act)
