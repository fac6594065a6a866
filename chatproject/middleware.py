"""Django's middlewares without a change of threads for each of their steps.

Under ASGI Django runs ``process_request`` and ``process_response`` of every middleware on a thread, because
they may wait for a database or a disk. Those of this site do so rarely, and each change of threads costs a
tenth of a millisecond and more: 15 of them were half of what beginning a turn cost.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from asgiref.sync import sync_to_async
from csp import middleware as csp
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import clickjacking, common, csrf, locale, security
from django.utils.deprecation import MiddlewareMixin


class InLoop(MiddlewareMixin):
    """Takes its steps in the event loop, but for responses that it has to wait for."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Do what the synchronous call does."""
        response = self._before(request) or await self._answer(request)
        after = getattr(self, "process_response", None)
        if after is None:
            return response
        if self.has_to_wait(request):
            return cast("HttpResponseBase", await sync_to_async(after)(request, response))
        return cast("HttpResponseBase", after(request, response))

    def has_to_wait(self, request: HttpRequest) -> bool:
        """True if ``process_response`` will ask the database."""
        return False

    def _before(self, request: HttpRequest) -> HttpResponseBase | None:
        before = getattr(self, "process_request", None)
        return before(request) if before else None

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        answering = cast("Callable[[HttpRequest], Awaitable[HttpResponseBase]]", self.get_response)
        return await answering(request)


class SecurityMiddleware(InLoop, security.SecurityMiddleware):
    """Redirects to HTTPS, sets headers."""


class CSPMiddleware(InLoop, csp.CSPMiddleware):
    """Sets a header."""


class SessionMiddleware(InLoop, sessions.SessionMiddleware):
    """Reads a session only when it is asked for, and stores it if it was changed."""

    def has_to_wait(self, request: HttpRequest) -> bool:
        """True if the session is stored."""
        return request.session.modified or settings.SESSION_SAVE_EVERY_REQUEST


class LocaleMiddleware(InLoop, locale.LocaleMiddleware):
    """Chooses the language."""


class CommonMiddleware(InLoop, common.CommonMiddleware):
    """Appends slashes, sets Content-Length."""


class CsrfViewMiddleware(InLoop, csrf.CsrfViewMiddleware):
    """Compares the token of a cookie with that of a header or a form."""

    async def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:  # type: ignore[override]
        """Refuse a request that another site may have sent."""
        check = super().process_view
        # A form with files is parsed here, and what is large of it goes to the disk.
        if request.content_type == "multipart/form-data":
            return await sync_to_async(check)(request, *view)
        return check(request, *view)


class AuthenticationMiddleware(InLoop, auth.AuthenticationMiddleware):
    """Looks for the user only when asked, on a thread to which it goes once, not for each of two queries."""

    def process_request(self, request: HttpRequest) -> None:
        """Offer the user to synchronous and asynchronous views."""
        super().process_request(request)
        request.auser = partial(sync_to_async(auth.get_user), request)


class MessageMiddleware(InLoop, messages.MessageMiddleware):
    """Stores messages for the next page, in a cookie or the session."""

    def has_to_wait(self, request: HttpRequest) -> bool:
        """True if there is one, or one was shown."""
        storage = getattr(request, "_messages", None)
        return storage is not None and (storage.used or storage.added_new)


class XFrameOptionsMiddleware(InLoop, clickjacking.XFrameOptionsMiddleware):
    """Sets a header."""
