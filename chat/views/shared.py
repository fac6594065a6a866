"""What whoever has a link sees, and the copy that a signed-in reader may take."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import reverse

from chat.database import TRANSIENT_ERRORS
from chat.models import SharedConversation
from chat.permissions import current_policy
from chat.sharing.copies import copy_shared
from chat.sharing.links import count_view, find_shared
from chat.sharing.snapshot import from_rows, pages_of
from chat.views.moments import moments_of
from chat.views.rendering import away, rendered, see_other

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]

GONE = "chat/shared_gone.html"
CLICK_CHARACTERS = 64
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # The address is the secret: no other host hears it. "no-referrer" would say no more to others, and
    # have browsers send "Origin: null" with the page's forms, which Django refuses.
    "Referrer-Policy": "same-origin",
}


def public_page(**views: View) -> View:
    """Return one view for an address that anybody may open; a link that shows nothing is a quiet 404."""

    async def view(request: HttpRequest, token: str) -> HttpResponseBase:
        answer = views.get("GET" if request.method == "HEAD" else request.method or "")
        if answer is None:
            return HttpResponseNotAllowed(list(views))
        response: HttpResponseBase
        try:
            request.user = await request.auser()
            share = await find_shared(token)
            if share is None:
                response = await rendered(request, GONE, {}, status=404)
            else:
                response = await answer(request, token, share)
        except TRANSIENT_ERRORS as error:
            response = await away(request, error)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return transaction.non_atomic_requests(view)


async def read_shared(request: HttpRequest, token: str, share: SharedConversation) -> HttpResponseBase:
    """A page of what was shared."""
    pages = pages_of(from_rows(share.messages))
    number = _page_number(request.GET.get("page", ""), most=len(pages))
    shown = pages[number - 1]
    moments = moments_of(request, (datetime.fromisoformat(one.created_at) for one in shown))
    is_own = request.user.pk == share.owner_id
    if not is_own and number == 1:
        await count_view(share)
    context = {
        "share": share,
        "messages": zip(shown, moments, strict=True),
        "page_number": number,
        "page_count": len(pages),
        "previous_page": number - 1 or None,
        "next_page": number + 1 if number < len(pages) else None,
        "is_own": is_own,
        "may_copy": current_policy().may_chat(request.user),
        "login_url": redirect_to_login(reverse("chat:shared", args=[token])).url,
        "copy_url": reverse("chat:shared-copy", args=[token]),
        "click": str(uuid4()),
    }
    return await rendered(request, "chat/shared.html", context)


async def take_copy(request: HttpRequest, token: str, share: SharedConversation) -> HttpResponseBase:
    """The reader's own conversation, to go on with; who is not signed in comes back after that."""
    if not current_policy().may_chat(request.user):
        return redirect_to_login(reverse("chat:shared", args=[token]))
    click = request.POST.get("click", "")[:CLICK_CHARACTERS]
    conversation_id = await copy_shared(request.user, share, click=click)
    return see_other(reverse("chat:conversation", args=[conversation_id]))


def _page_number(text: str, *, most: int) -> int:
    """Return the page that is asked for, or the nearest one."""
    return min(max(int(text), 1), most) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


page = public_page(GET=read_shared)
copy = public_page(POST=take_copy)
