"""A member's shares: make, list, revoke, over JSON."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat.exceptions import NotAllowed, NotFound
from chat.forms import ShareForm, valid
from chat.models import SharedConversation
from chat.permissions import current_policy
from chat.runs.prompt import name_of
from chat.sharing.links import NewLink, make_link, secret_of
from chat.sharing.snapshot import take_snapshot
from chat.views.api import api, json_body
from chat.views.conversations import visible_conversation
from chat.views.paging import page_of

# What the form and the dialog offer, in days; none is the last one.
EXPIRIES = ((1, _("A day")), (7, _("A week")), (30, _("30 days")), (90, _("90 days")))


async def list_shares(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A page of the member's shares, newest first; those that were revoked are gone."""
    page, following = await shares_page(member, request.GET.get("cursor"))
    return JsonResponse({"results": [share_json(request, share) for share in page], "next": following})


async def create_share(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A link to what a conversation shows now."""
    form = valid(ShareForm, json_body(request))
    share = await share_conversation(member, form)
    return JsonResponse(share_json(request, share), status=201)


async def remove_share(request: HttpRequest, member: Any, share: UUID) -> HttpResponseBase:
    """The end of a link."""
    await revoke_share(member, share)
    return HttpResponse(status=204)


async def shares_page(member: Any, cursor: str | None) -> tuple[Any, str | None]:
    """Return a page of the shares, without what they show, and the cursor of the next one or none."""
    shares = current_policy().shares(member).kept().defer("messages")
    return await page_of(shares, by="created_at", cursor=cursor)


async def share_conversation(member: Any, form: ShareForm) -> SharedConversation:
    """Make the link that a form asks for. Raises NotFound, NotAllowed, InvalidInput, RunActive."""
    conversation = await visible_conversation(member, form.cleaned_data["conversation"])
    if not current_policy().may_share(member, conversation):
        raise NotAllowed
    new = NewLink(
        conversation=conversation,
        messages=await take_snapshot(conversation),
        expires_in_days=form.cleaned_data["expires_in_days"],
        author_name=name_of(member)[:150] if form.cleaned_data["with_name"] else "",
    )
    return await make_link(member, new)


async def revoke_share(member: Any, share_id: UUID) -> None:
    """End a link of the member's. Raises NotFound, also if it had ended."""
    if not await sync_to_async(current_policy().shares(member).filter(pk=share_id).revoke)():
        raise NotFound


def share_json(request: HttpRequest, share: SharedConversation) -> dict[str, Any]:
    """Return what its owner may know of a share; no address where it cannot be made again."""
    address = share_address(request, share)
    return {
        "id": str(share.pk),
        "conversation": str(share.conversation_id),
        "title": share.title,
        "author_name": share.author_name,
        "url": address or None,
        "created_at": share.created_at.isoformat(),
        "expires_at": share.expires_at.isoformat() if share.expires_at else None,
        "is_expired": share.is_expired,
        "views": share.views,
    }


def share_row(request: HttpRequest, share: SharedConversation) -> dict[str, Any]:
    """Return a share as the pages list it."""
    return {**share_json(request, share), "expires_on": share.expires_at}


def share_address(request: HttpRequest, share: SharedConversation) -> str:
    """Return the whole link of a share, or nothing."""
    secret = secret_of(share)
    return request.build_absolute_uri(reverse("chat:shared", args=[secret])) if secret else ""


collection = api(GET=list_shares, POST=create_share)
item = api(DELETE=remove_share)
