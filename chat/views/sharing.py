"""The page that shares a conversation, by plain forms; with JavaScript a dialog does the same."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from chat.exceptions import ChatError, NotFound
from chat.forms import ShareForm, valid
from chat.views.conversations import visible_conversation
from chat.views.pages import page as signed_in_page
from chat.views.rendering import rendered, see_other
from chat.views.shares import EXPIRIES, revoke_share, share_conversation, share_json, share_row, shares_page


async def read_page(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """The form that makes a link."""
    return await _page(request, member, conversation)


async def post_share(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """A link, asked for by the plain form."""
    days = request.POST.get("expires_in_days", "")
    wish = {
        "conversation": str(conversation),
        "expires_in_days": int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else None,
        "with_name": "with_name" in request.POST,
    }
    try:
        share = await share_conversation(member, valid(ShareForm, wish))
    except NotFound:
        raise
    except ChatError as refused:
        told = " ".join(refused.sentences)
        return await _page(request, member, conversation, status=refused.http_status, error=told)
    return await _page(request, member, conversation, made=share_json(request, share))


async def post_revoke(request: HttpRequest, member: Any, share: UUID) -> HttpResponseBase:
    """The end of a link, by the plain form; one that has ended already is no error."""
    with suppress(NotFound):
        await revoke_share(member, share)
    return see_other(f"{reverse('chat:data')}#shares")


async def _page(
    request: HttpRequest, member: Any, conversation_id: UUID, *, status: int = 200, **context: Any
) -> HttpResponse:
    conversation = await visible_conversation(member, conversation_id)
    shares, _following = await shares_page(member, None)
    context |= {
        "conversation": conversation,
        "expiries": EXPIRIES,
        "shares": [share_row(request, one) for one in shares if one.conversation_id == conversation.pk],
    }
    return await rendered(request, "chat/share.html", context, status=status)


page = signed_in_page(GET=read_page, POST=post_share)
revocation = signed_in_page(POST=post_revoke)
