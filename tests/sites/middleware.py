"""A middleware as old sites have them: synchronous, and using the database."""

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse


class StampMiddleware:
    """Marks every answer with how many accounts there are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers["X-Accounts"] = str(get_user_model().objects.count())
        return response
