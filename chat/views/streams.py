"""A run's events as Server-Sent Events."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, release_request_connections
from chat.exceptions import RunNotFound
from chat.followers import followers
from chat.models import Run
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

    def __init__(self, frames: AsyncGenerator[bytes, None], pusher: Pusher) -> None:
        super().__init__(frames, content_type=CONTENT_TYPE, headers=HEADERS)
        self._frames = frames
        self._pusher = pusher
        self._untouched = self._content

    @property
    def _content(self) -> object:
        return vars(self)["_iterator"]

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._content is not self._untouched:
            return super().__aiter__()
        self._pusher.begin()
        return self._frames


def stream_response(request: HttpRequest, member: Any, run: Run, *, after: int) -> StreamingHttpResponse:
    """Return the response that tells a follower what comes after its position. Raises Unavailable."""
    followers.require_room()
    if after:
        note_return(run.pk, door="sse")
    pusher = Pusher(request)
    response = EventStreamResponse(_frames(request, member, run, after, pusher), pusher)
    response.headers["X-Trace-ID"] = run.trace_id
    if not isinstance(request, ASGIRequest):
        # It comes in one piece, when the answer is complete: say why to whoever wonders.
        response.headers["X-Chat-Warning"] = "wsgi"
    return response


async def _frames(
    request: HttpRequest, member: Any, run: Run, after: int, pusher: Pusher
) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    checked_at = loop.time()

    def tell(event: Event) -> bool:
        return loop.time() - checked_at <= ACCESS_CHECK_SECONDS and pusher.push(frame(event))

    # Counted from its first step: a response that is never read has no end that would be heard of.
    with followers.counted("sse"), Follower(run.pk, after=after, tell=tell) as follower:
        # Here, and not in the view: the session's middleware may have used the database after it.
        await release_request_connections()
        yield OPENING
        silence_seconds = chat_settings().HEARTBEAT_SECONDS
        try:
            while (events := await follower.next(within_seconds=silence_seconds)) is not None:
                if loop.time() - checked_at > ACCESS_CHECK_SECONDS:
                    checked_at = loop.time()
                    if not await may_stay(request.session.session_key, member, run_id=run.pk):
                        return
                yield b"".join(map(frame, events)) or KEEP_ALIVE
        # The stream ends in order where it cannot go on: the follower asks again and is told why.
        except RunNotFound:
            logger.info("run %s was deleted while it was followed", run.pk)
        except TRANSIENT_ERRORS as error:
            logger.warning("database away while following run %s (%s)", run.pk, type(error).__name__)
