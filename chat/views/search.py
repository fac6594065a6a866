"""Search: as JSON for the dialog, and as a page that needs no JavaScript."""

from collections.abc import Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse

from chat.exceptions import InvalidInput
from chat.search.excerpts import Piece
from chat.search.finding import Found, Hit, find
from chat.views.api import api
from chat.views.pages import page
from chat.views.rendering import rendered
from chat.views.representations import conversation_json

MOST_SHOWN_CHARACTERS = 300


async def read(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A page of what the member's titles and messages have of the words."""
    found = await _find(request, member)
    return JsonResponse(
        {"results": [_hit_json(hit) for hit in found.hits], "next": found.following, "notice": found.notice}
    )


async def read_page(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The same as a page, with a form."""
    try:
        found = await _find(request, member)
    except InvalidInput as error:
        found = Found(hits=(), notice=" ".join(error.sentences))
    context = {
        "q": request.GET.get("q", "")[:MOST_SHOWN_CHARACTERS],
        "hits": [_hit_json(hit) for hit in found.hits],
        "following": found.following,
        "notice": found.notice,
    }
    return await rendered(request, "chat/search.html", context)


async def _find(request: HttpRequest, member: Any) -> Found:
    return await sync_to_async(find)(member, request.GET.get("q", ""), cursor=request.GET.get("cursor"))


def _hit_json(hit: Hit) -> dict[str, Any]:
    """Return a hit; its texts come in pieces, so that nobody has to trust markup in them."""
    message = hit.message
    address = reverse("chat:conversation", args=[hit.conversation.pk])
    said_at = message.created_at if message else hit.conversation.updated_at
    return {
        "conversation": conversation_json(hit.conversation),
        "message": str(message.pk) if message else None,
        "role": message.role if message else None,
        "title": _pieces_json(hit.title),
        "excerpt": _pieces_json(hit.excerpt),
        "created_at": said_at.isoformat(),
        "url": f"{address}?message={message.pk}#m-{message.pk}" if message else address,
    }


def _pieces_json(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    return [{"text": text, "mark": is_marked} for text, is_marked in pieces]


collection = api(GET=read)
search_page = page(GET=read_page)
