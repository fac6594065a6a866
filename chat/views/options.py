"""What can be done to a conversation, by plain forms; with JavaScript a menu does the same."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from chat.exceptions import InvalidInput
from chat.forms import ConversationForm, SeveralForm, valid
from chat.runs.listing import Action, change_several, record_changes
from chat.views.conversations import visible_conversation, writable_conversation
from chat.views.page_context import theme_of
from chat.views.pages import page as signed_in_page


async def read(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """The forms."""
    return await _page(request, member, conversation)


async def change(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """Rename, or one of the actions of the list."""
    action = request.POST.get("action", "")
    try:
        if action == "rename":
            return await _rename(request, member, conversation)
        wish = valid(SeveralForm, {"ids": [str(conversation)], "action": action})
    except InvalidInput as refused:
        told = " ".join(refused.sentences)
        return await _page(request, member, conversation, status=refused.http_status, error=told)
    await change_several(member, [conversation], wish.cleaned_data["action"])
    if wish.cleaned_data["action"] is Action.DELETE:
        return _see(f"{reverse('chat:index')}?deleted={conversation}")
    return _see(reverse("chat:conversation", args=[conversation]))


async def _rename(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    found = await writable_conversation(member, conversation)
    changes = valid(ConversationForm, {"title": request.POST.get("title", "")}).changes()
    await sync_to_async(record_changes)(found, changes)
    return _see(reverse("chat:conversation", args=[conversation]))


async def _page(
    request: HttpRequest, member: Any, conversation_id: UUID, *, status: int = 200, error: str = ""
) -> HttpResponse:
    conversation = await visible_conversation(member, conversation_id)
    context = {"conversation": conversation, "error": error, "theme": theme_of(request)}
    response = await sync_to_async(render)(request, "chat/options.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _see(address: str) -> HttpResponseRedirect:
    # 303: a reload of what follows changes nothing again.
    return HttpResponseRedirect(address, status=303)


page = signed_in_page(GET=read, POST=change)
