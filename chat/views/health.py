"""Whether the process is up, and whether it can do its work.

Django refuses asynchronous views where a site sets ATOMIC_REQUESTS, unless they opt out.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, JsonResponse

from chat.database import in_database
from chat.models import Run
from chat.runs.dispatch import current_dispatcher

PROBE_SECONDS = 2.0
NOBODY = UUID(int=0)

logger = logging.getLogger("chat.views")


@transaction.non_atomic_requests
async def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@transaction.non_atomic_requests
async def readyz(request: HttpRequest) -> JsonResponse:
    """200 if all that a turn needs is there and answers in time, else 503 with what does not."""
    names = ("database", "event_log", "provider", "process")
    probes = (_database, _event_log, _provider, _process)
    answers = await asyncio.gather(*map(_answers, names, probes))
    body = {
        name: "ok" if has_answered else "unavailable"
        for name, has_answered in zip(names, answers, strict=True)
    }
    return JsonResponse(body, status=200 if all(answers) else 503)


async def _database() -> bool:
    await in_database(Run.objects.filter(pk=NOBODY).exists)
    return True


async def _event_log() -> bool:
    await current_dispatcher().log.read({NOBODY: 0})
    return True


async def _provider() -> bool:
    # Whether it answers too is found out by asking it, which costs money.
    return current_dispatcher().provider.is_configured


async def _process() -> bool:
    """Whether it begins runs: one that is told to end does not, and should get no more requests."""
    return not current_dispatcher().is_draining


async def _answers(name: str, probe: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            is_well = await probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, the site is not ready
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        return False
    if not is_well:
        logger.warning("not ready: %s", name)
    return is_well
