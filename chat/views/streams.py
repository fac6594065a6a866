"""A run's events as Server-Sent Events."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, release_request_connections
from chat.exceptions import RunNotFound
from chat.followers import followers
from chat.models import Run
from chat.outliving import no_parts, take_over_of
from chat.protocol.events import Event
from chat.protocol.sse import CONTENT_TYPE, HEADERS, KEEP_ALIVE, OPENING, frame
from chat.pushing import Pusher
from chat.runs.following import Follower, note_return
from chat.sessions import may_stay

# A member who signed out, or was deactivated, hears no more than this of a run.
ACCESS_CHECK_SECONDS = 30.0

logger = logging.getLogger("chat.views")


class EventStreamResponse(StreamingHttpResponse):
    """Hands its parts to the server without Django's own generators around them.

    A middleware that puts its own content in place gets what Django gives it, and nothing is pushed past it.
    """

    def __init__(self, request: HttpRequest, frames: AsyncGenerator[bytes, None], pusher: Pusher) -> None:
        super().__init__(frames, content_type=CONTENT_TYPE, headers=HEADERS)
        self._frames = frames
        self._pusher = pusher
        self._untouched = self._content
        # A server that speaks no ASGI has no scope.
        self._take_over = take_over_of(getattr(request, "scope", {}))

    @property
    def _content(self) -> object:
        return vars(self)["_iterator"]

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._content is not self._untouched:
            return super().__aiter__()
        self._pusher.begin()
        if self._take_over is None:
            return self._frames
        self._take_over(self._frames)
        return no_parts()


def stream_response(request: HttpRequest, member: Any, run: Run, *, after: int) -> StreamingHttpResponse:
    """Return the response that tells a follower what comes after its position. Raises Unavailable."""
    followers.require_room()
    if after:
        note_return(run.pk, door="sse")
    pusher = Pusher(request)
    session_key = request.session.session_key
    frames = _frames(session_key, member, run.pk, after, pusher)
    response = EventStreamResponse(request, frames, pusher)
    response.headers["X-Trace-ID"] = run.trace_id
    if not isinstance(request, ASGIRequest):
        # It comes in one piece, when the answer is complete: say why to whoever wonders.
        response.headers["X-Chat-Warning"] = "wsgi"
    return response


async def _frames(
    session_key: str | None, member: Any, run_id: UUID, after: int, pusher: Pusher
) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    checked_at = loop.time()

    def tell(event: Event) -> bool:
        return loop.time() - checked_at <= ACCESS_CHECK_SECONDS and pusher.push(frame(event))

    # Counted from its first step: a response that is never read has no end that would be heard of.
    with followers.counted("sse"), Follower(run_id, after=after, tell=tell) as follower:
        # Here, and not in the view: the session's middleware may have used the database after it.
        await release_request_connections()
        yield OPENING
        silence_seconds = chat_settings().HEARTBEAT_SECONDS
        try:
            while (events := await follower.next(within_seconds=silence_seconds)) is not None:
                if loop.time() - checked_at > ACCESS_CHECK_SECONDS:
                    checked_at = loop.time()
                    if not await may_stay(session_key, member, run_id=run_id):
                        return
                yield b"".join(map(frame, events)) or KEEP_ALIVE
        # The stream ends in order where it cannot go on: the follower asks again and is told why.
        except RunNotFound:
            logger.info("run %s was deleted while it was followed", run_id)
        except TRANSIENT_ERRORS as error:
            logger.warning("database away while following run %s (%s)", run_id, type(error).__name__)
