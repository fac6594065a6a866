"""Whether the process is up, and whether it can do its work.

Django refuses asynchronous views where a site sets ATOMIC_REQUESTS, unless they opt out.
"""

import asyncio
import logging
from collections.abc import Awaitable
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, JsonResponse

from chat.database import in_database
from chat.models import Run
from chat.runs.dispatch import current_dispatcher

PROBE_SECONDS = 2.0

logger = logging.getLogger("chat.views")


@transaction.non_atomic_requests
async def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@transaction.non_atomic_requests
async def readyz(request: HttpRequest) -> JsonResponse:
    """200 if the database and the event log answer in time, else 503 with which of them does not."""
    log = current_dispatcher().log
    nobody = UUID(int=0)
    checks = {
        "database": await _answers("database", in_database(Run.objects.filter(pk=nobody).exists)),
        "event_log": await _answers("event log", log.read({nobody: 0})),
    }
    ready = all(checks.values())
    body = {name: "ok" if answers else "unavailable" for name, answers in checks.items()}
    return JsonResponse(body, status=200 if ready else 503)


async def _answers(name: str, probe: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe
    except Exception as error:  # noqa: BLE001 - whatever it is, the site is not ready
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        return False
    return True
