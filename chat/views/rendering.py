"""Pages for one member: drawn on a thread, in the colours that they chose, and kept by no cache."""

import logging
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from chat.exceptions import Unavailable

THEMES = ("auto", "light", "dark")

logger = logging.getLogger("chat.views")


async def rendered(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page. Templates may take a while over Markdown, and those of a host site use the database."""
    themed = {**context, "theme": theme_of(request)}
    response = await sync_to_async(render)(request, template, themed, status=status)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the page for a database that is away: who is signed in is not asked again."""
    logger.warning("database away while showing a page (%s)", type(error).__name__)
    request.user = AnonymousUser()
    unavailable = Unavailable()
    response = await rendered(request, "chat/away.html", {}, status=unavailable.http_status)
    response.headers["Retry-After"] = str(unavailable.retry_after_seconds)
    return response


def theme_of(request: HttpRequest) -> str:
    """Return the colours that the member chose: one of THEMES."""
    theme = request.COOKIES.get("chat_theme", "")
    return theme if theme in THEMES else "auto"


def see_other(address: str) -> HttpResponseRedirect:
    """Return the way on from a form: a reload of what follows sends nothing again."""
    return HttpResponseRedirect(address, status=303)
