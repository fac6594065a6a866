"""The site's metrics, for who has the token or asks from an allowed address."""

import asyncio
import ipaddress
import logging
import secrets
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from chat.conf import chat_settings, is_debugging

# A proxy on this machine speaks for everybody: who came through one is not known by their address.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

logger = logging.getLogger("chat.views")


@transaction.non_atomic_requests
async def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text; 404 where nobody was given access, 403 for who is not among those who were."""
    refused = _refusal(request)
    if refused is not None:
        return HttpResponse(status=refused)
    try:
        from chat.metrics.exposition import CONTENT_TYPE, exposition
        from chat.metrics.observer import sample
    except ImportError:
        logger.warning("no metrics: the extra [metrics] is not installed")
        return HttpResponse("The extra [metrics] is not installed.\n", content_type="text/plain", status=501)
    sample()
    text = await asyncio.to_thread(exposition)
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _refusal(request: HttpRequest) -> HTTPStatus | None:
    limits = chat_settings()
    if not limits.METRICS_TOKEN and not limits.METRICS_ALLOWED_ADDRESSES:
        return None if is_debugging() else HTTPStatus.NOT_FOUND
    if limits.METRICS_TOKEN and _has_token(request, limits.METRICS_TOKEN):
        return None
    return None if _has_address(request, limits.METRICS_ALLOWED_ADDRESSES) else HTTPStatus.FORBIDDEN


def _has_token(request: HttpRequest, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())


def _has_address(request: HttpRequest, allowed: tuple[str, ...]) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in allowed)
