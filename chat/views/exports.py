"""Exports: one conversation as a file, and all of them as a ZIP that is written while it is sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from chat.archive.exporting import export_all
from chat.archive.markdown_text import as_markdown
from chat.archive.naming import name_of_file
from chat.archive.reading import archived
from chat.archive.schema import as_json
from chat.exceptions import InvalidInput
from chat.sessions import may_stay
from chat.views.api import api
from chat.views.conversations import visible_conversation
from chat.views.streams import ACCESS_CHECK_SECONDS

FORMATS = {
    "markdown": (as_markdown, "text/markdown; charset=utf-8", "md"),
    "json": (as_json, "application/json; charset=utf-8", "json"),
}


async def export_conversation(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """One conversation: ``format`` is ``markdown`` (what is shown) or ``json`` (the whole tree)."""
    wanted = request.GET.get("format", "markdown")
    if wanted not in FORMATS:
        raise InvalidInput(fields={"format": [_("This must be markdown or json.")]})
    write, content_type, ending = FORMATS[wanted]
    found = await visible_conversation(member, conversation)

    def text() -> str:
        return write(archived(found, user=member))

    name = f"{name_of_file(found.title)}.{ending}"
    return _as_file(HttpResponse((await sync_to_async(text)()).encode(), content_type=content_type), name)


async def export_everything(request: HttpRequest, member: Any) -> HttpResponseBase:
    """All conversations of the member."""
    response = StreamingHttpResponse(_while_signed_in(request, member), content_type="application/zip")
    # It is compressed already, and a proxy that collects it first would show nothing for a long time.
    response.headers["Content-Encoding"] = "identity"
    response.headers["X-Accel-Buffering"] = "no"
    return _as_file(response, f"chat-export-{timezone.now():%Y-%m-%d}.zip")


async def _while_signed_in(request: HttpRequest, member: Any) -> AsyncGenerator[bytes, None]:
    """Yield the ZIP; it breaks off, and cannot be opened, where the member signs out meanwhile."""
    loop = asyncio.get_running_loop()
    checked_at = loop.time()
    async with aclosing(export_all(member)) as parts:
        async for part in parts:
            if loop.time() - checked_at > ACCESS_CHECK_SECONDS:
                checked_at = loop.time()
                if not await may_stay(request.session.session_key, member):
                    return
            yield part


def _as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


conversation = api(GET=export_conversation)
everything = api(GET=export_everything)
