"""A run's events as Server-Sent Events."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, release_request_connections
from chat.exceptions import RunNotFound
from chat.followers import followers
from chat.models import Run
from chat.protocol.sse import CONTENT_TYPE, HEADERS, KEEP_ALIVE, OPENING, frame
from chat.runs.following import follow_batches, note_return
from chat.sessions import may_stay

# A member who signed out, or was deactivated, hears no more than this of a run.
ACCESS_CHECK_SECONDS = 30.0

logger = logging.getLogger("chat.views")


def stream_response(request: HttpRequest, member: Any, run: Run, *, after: int) -> StreamingHttpResponse:
    """Return the response that tells a follower what comes after its position. Raises Unavailable."""
    followers.require_room()
    if after:
        note_return(run.pk, door="sse")
    response = StreamingHttpResponse(
        _whole_frames(request, member, run, after), content_type=CONTENT_TYPE, headers=HEADERS
    )
    response.headers["X-Trace-ID"] = run.trace_id
    if not isinstance(request, ASGIRequest):
        # It comes in one piece, when the answer is complete: say why to whoever wonders.
        response.headers["X-Chat-Warning"] = "wsgi"
    return response


async def _whole_frames(
    request: HttpRequest, member: Any, run: Run, after: int
) -> AsyncGenerator[bytes, None]:
    """End the stream in order where it cannot go on: the follower asks again and is told why."""
    # Counted from its first step: a response that is never read has no end that would be heard of.
    with followers.counted("sse"):
        async with aclosing(_frames(request, member, run, after)) as frames:
            try:
                async for part in frames:
                    yield part
            except RunNotFound:
                logger.info("run %s was deleted while it was followed", run.pk)
            except TRANSIENT_ERRORS as error:
                logger.warning("database away while following run %s (%s)", run.pk, type(error).__name__)


async def _frames(request: HttpRequest, member: Any, run: Run, after: int) -> AsyncGenerator[bytes, None]:
    # Here, and not in the view: the session's middleware may have used the database after it.
    await release_request_connections()
    yield OPENING
    loop = asyncio.get_running_loop()
    checked_at = loop.time()
    # One wake-up for an event: no task and no timer beside the follower's own.
    silence_seconds = chat_settings().HEARTBEAT_SECONDS
    async with aclosing(follow_batches(run.pk, after=after, silence_seconds=silence_seconds)) as batches:
        async for events in batches:
            if loop.time() - checked_at > ACCESS_CHECK_SECONDS:
                checked_at = loop.time()
                if not await may_stay(request.session.session_key, member, run_id=run.pk):
                    return
            yield b"".join(map(frame, events)) or KEEP_ALIVE
