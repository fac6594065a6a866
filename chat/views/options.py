"""What can be done to a conversation, by plain forms; with JavaScript a menu does the same."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from chat.exceptions import InvalidInput
from chat.forms import ConversationForm, SeveralForm, valid
from chat.runs.listing import Action, change_several, record_changes
from chat.views.conversations import visible_conversation, writable_conversation
from chat.views.pages import page as signed_in_page
from chat.views.rendering import rendered, see_other


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
        return see_other(f"{reverse('chat:index')}?deleted={conversation}")
    return see_other(reverse("chat:conversation", args=[conversation]))


async def _rename(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    found = await writable_conversation(member, conversation)
    changes = valid(ConversationForm, {"title": request.POST.get("title", "")}).changes()
    await sync_to_async(record_changes)(found, changes)
    return see_other(reverse("chat:conversation", args=[conversation]))


async def _page(
    request: HttpRequest, member: Any, conversation_id: UUID, *, status: int = 200, error: str = ""
) -> HttpResponse:
    conversation = await visible_conversation(member, conversation_id)
    return await rendered(
        request, "chat/options.html", {"conversation": conversation, "error": error}, status=status
    )


page = signed_in_page(GET=read, POST=change)
