"""What every JSON view does: who asks, what was sent, and how an answer or an error looks."""

import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS
from chat.exceptions import (
    BodyTooLarge,
    ChatError,
    InvalidInput,
    NotSignedIn,
    RateLimited,
    RunActive,
    Unavailable,
    UnsupportedMediaType,
)
from chat.outliving import no_parts
from chat.permissions import current_policy
from chat.telemetry import telemetry
from chat.traceparent import read_traceparent
from chat.views.addresses import run_addresses

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]

logger = logging.getLogger("chat.views")


def api(**views: View) -> View:
    """Return one view for an address: ``api(GET=…, POST=…)``, for signed-in members only.

    HEAD is answered where GET is. A ChatError becomes its JSON answer.
    """

    async def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_head = request.method == "HEAD"
        answer = views.get("GET" if is_head else request.method or "")
        if answer is None:
            return HttpResponse(status=405, headers={"Allow": ", ".join(views)})
        try:
            member = await request.auser()
            if not current_policy().may_chat(member):
                raise NotSignedIn
            response = await answer(request, member, *args, **kwargs)
        except ChatError as error:
            response = error_response(error)
        except TRANSIENT_ERRORS as error:
            logger.warning("database away while answering (%s)", type(error).__name__)
            response = error_response(Unavailable())
        patch_vary_headers(response, ["Cookie"])
        response.headers.setdefault("Cache-Control", "no-store")
        if is_head and isinstance(response, StreamingHttpResponse):
            # Servers leave out a body, and would read this one to its end.
            response.streaming_content = no_parts() if response.is_async else ()
        return response

    # A transaction for each request cannot be had in asynchronous views, and is not needed here.
    return transaction.non_atomic_requests(view)


def error_response(error: ChatError) -> JsonResponse:
    """Return an error as the protocol has it."""
    body = {"error": error_body(error)}
    response = JsonResponse(body, status=error.http_status)
    if isinstance(error, (RateLimited, Unavailable)):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def error_body(error: ChatError) -> dict[str, Any]:
    """Return the object that describes an error, over HTTP and WebSocket alike."""
    body: dict[str, Any] = {"code": error.code, "message": str(error.message)}
    if isinstance(error, InvalidInput) and error.fields:
        body["fields"] = error.fields
    if isinstance(error, RunActive):
        body |= {"run": str(error.run_id), **run_addresses(error.run_id)}
    return body


def json_body(request: HttpRequest) -> Mapping[str, Any]:
    """Return the object that was sent. Raises UnsupportedMediaType, BodyTooLarge or InvalidInput."""
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "no content type")
    limit = chat_settings().MAX_BODY_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > limit:
        raise BodyTooLarge(f"{length} bytes")
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    if len(raw) > limit:
        raise BodyTooLarge(f"{len(raw)} bytes")
    return parse_object(raw)


def parse_object(raw: bytes | str) -> Mapping[str, Any]:
    """Return the JSON object in a body or a frame. Raises InvalidInput."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("not JSON", fields={"__all__": [_("This is not JSON.")]}) from error
    if not isinstance(body, dict):
        raise InvalidInput("not an object", fields={"__all__": [_("This is not a JSON object.")]})
    return body


def traceparent_from(request: HttpRequest) -> str:
    """Return the request's place in a trace: of the span around it if there is one, else of its header."""
    own = telemetry().current_traceparent()
    return own or read_traceparent(request.headers.get("traceparent")) or ""


def accepts(request: HttpRequest, media_type: str) -> bool:
    """True if the client names this type in its Accept header."""
    return media_type in request.headers.get("Accept", "")
