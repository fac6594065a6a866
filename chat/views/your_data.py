"""The page of what the app keeps of a member: to take along, to bring, to take back, to delete."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.conf import chat_settings
from chat.exceptions import ChatError, InvalidInput
from chat.runs.erasure import delete_everything_of
from chat.views.imports import import_from, sentence_about
from chat.views.pages import page as signed_in_page
from chat.views.rendering import rendered, see_other
from chat.views.shares import share_row, shares_page


async def read_page(request: HttpRequest, member: Any) -> HttpResponseBase:
    """Export, import, links, deletion."""
    return await _page(request, member)


async def post_import(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A file of conversations, by the plain form. A reload imports nothing twice, so there is no redirect."""
    try:
        imported = await import_from(request, member)
    except ChatError as refused:
        return await _page(
            request, member, status=refused.http_status, import_error=" ".join(refused.sentences)
        )
    return await _page(request, member, import_result=sentence_about(imported))


async def post_delete(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The end of everything that the app keeps of the member; their account stays."""
    if request.POST.get("sure") != "yes":
        sentence = _("Tick the box if you want to delete everything.")
        return await _page(request, member, status=400, delete_error=sentence)
    await delete_everything_of(member)
    return see_other(f"{reverse('chat:data')}?deleted=1")


async def _page(request: HttpRequest, member: Any, *, status: int = 200, **context: Any) -> HttpResponse:
    # Links of a cursor that is no cursor are those of the first page.
    try:
        shares, following = await shares_page(member, request.GET.get("cursor"))
    except InvalidInput:
        shares, following = await shares_page(member, None)
    context |= {
        "shares": [share_row(request, share) for share in shares],
        "next_cursor": following,
        "is_deleted": "deleted" in request.GET,
        "most_megabytes": chat_settings().MAX_IMPORT_BYTES // 1024**2,
    }
    return await rendered(request, "chat/data.html", context, status=status)


page = signed_in_page(GET=read_page)
importing = signed_in_page(POST=post_import)
deletion = signed_in_page(POST=post_delete)
