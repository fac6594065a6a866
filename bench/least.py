"""The least that a site could do for a turn: who asks, one row, two tokens of its own; no model, no run.

It is served beside the demo site, behind the same middlewares: what is left of a turn's cost when this is
taken off is the turn's.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, URLResolver, path

from bench.starts import LEAST_PATH, PAUSES_SECONDS
from bench.upstream_pace import TOKEN, clock_us
from chat.models import SavedPrompt
from chatproject.urls import urlpatterns as site


async def turn(request: HttpRequest) -> StreamingHttpResponse:
    """Store what was said, and answer."""
    member = await request.auser()
    await SavedPrompt.objects.acreate(owner=member, name=uuid.uuid4().hex, text=request.body.decode())
    return StreamingHttpResponse(_answer(), content_type="text/event-stream")


async def _answer() -> AsyncIterator[str]:
    yield _event(1)
    await asyncio.sleep(PAUSES_SECONDS[0])
    yield _event(2)


def _event(number: int) -> str:
    return f'data: {{"content": "{TOKEN % (number, clock_us())}"}}\n\n'


urlpatterns: list[URLPattern | URLResolver] = [*site, path(LEAST_PATH, turn)]
