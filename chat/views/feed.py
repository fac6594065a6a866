"""The feed: one connection of a tab, for whatever is running in it and whatever changes elsewhere."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database, release_request_connections
from chat.followers import followers
from chat.forms import FeedForm, valid
from chat.models import Conversation, Run
from chat.permissions import current_policy
from chat.protocol.events import Event
from chat.protocol.sse import KEEP_ALIVE, OPENING, feed_frame, feed_position_from, notice_frame
from chat.pushing import Pusher
from chat.runs.feeding import Feed
from chat.runs.following import note_return
from chat.runs.opinions import ratings_in
from chat.sessions import may_stay
from chat.views.api import api
from chat.views.representations import conversation_json
from chat.views.streams import EventStreamResponse

# Who signed out hears no more than this. Tabs that hear nothing are asked less often: most do not.
ACCESS_CHECK_SECONDS = 30.0
IDLE_ACCESS_CHECK_SECONDS = 120.0
# Clocks of hosts differ, and a change is seen when it is committed.
OVERLAP = timedelta(seconds=10)
# A tab that was away for longer, or missed more, reads its lists anew.
LONGEST_ABSENCE = timedelta(minutes=10)
MOST_MISSED = 50

logger = logging.getLogger("chat.views")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a tab shows, and what it has."""

    shown: UUID | None
    run_id: UUID | None
    after: int
    since: datetime | None


@dataclass(slots=True, kw_only=True)
class State:
    """Conversations as their member may see them now; of the shown one the newest run too."""

    notices: list[bytes] = field(default_factory=list)
    newest_run: Run | None = None
    is_shown_gone: bool = False


class AccessTimer:
    """When the member's right to listen was looked at last."""

    def __init__(self) -> None:
        self._time = asyncio.get_running_loop().time
        self.restart()

    def restart(self) -> None:
        """It is looked at now."""
        self._looked_at = self._time()

    def is_due(self, seconds: float) -> bool:
        """True if that was longer ago."""
        return self._time() - self._looked_at > seconds


async def read(request: HttpRequest, member: Any) -> HttpResponseBase:
    """What changes in the member's conversations, and the events of the runs in the one that is shown."""
    form = valid(FeedForm, request.GET).cleaned_data
    run_id, after = feed_position_from(request.headers.get("Last-Event-ID"))
    if run_id is None:
        run_id, after = form["run"], form["after"]
    if form["conversation"] is None:
        run_id = None
    position = Position(shown=form["conversation"], run_id=run_id, after=after, since=form["since"])
    followers.require_room()
    pusher = Pusher(request)
    goes_on = isinstance(request, ASGIRequest)
    frames = _frames(request.session.session_key, member, position, pusher, goes_on=goes_on)
    response = EventStreamResponse(request, frames, pusher)
    if not goes_on:
        # Nothing arrives there before the end: one look is all that such a server can give.
        response.headers["X-Chat-Warning"] = "wsgi"
    return response


async def _frames(
    session_key: str | None, member: Any, position: Position, pusher: Pusher, *, goes_on: bool
) -> AsyncGenerator[bytes, None]:
    access = AccessTimer()

    def tell(run_id: UUID, event: Event) -> bool:
        return not access.is_due(ACCESS_CHECK_SECONDS) and pusher.push(feed_frame(run_id, event))

    # Counted from its first step: a response that is never read has no end that would be heard of.
    with followers.counted("feed"), Feed(owner_id=member.pk, shown=position.shown, tell=tell) as feed:
        # Here, and not in the view: the session's middleware may have used the database after it.
        await release_request_connections()
        try:
            yield OPENING + await _beginning(member, position, feed)
            if goes_on:
                continuation = _continuation(session_key, member, position.shown, feed, access)
                async with aclosing(continuation) as parts:
                    async for part in parts:
                        yield part
        # The stream ends in order where it cannot go on: the tab asks again and is told why.
        except TRANSIENT_ERRORS as error:
            logger.warning("database away while telling a feed (%s)", type(error).__name__)


async def _beginning(member: Any, position: Position, feed: Feed) -> bytes:
    """Return how things are, and have the feed go on from the tab's position. It listens already."""
    now = timezone.now()
    missed = await in_database(_changed_since, member, position.since, now)
    shown = {position.shown} if position.shown else set()
    state = await in_database(_read_state, member, shown | set(missed or ()), position.shown)
    run_id = await in_database(_visible_run, member, position)
    if run_id is not None:
        if position.after:
            note_return(run_id, door="feed")
        feed.follow(run_id, after=position.after)
    if state.newest_run is not None and _is_lacked(state.newest_run, position):
        feed.follow(state.newest_run.pk)
    ready = {"type": "ready", "now": now.isoformat(), "is_stale": missed is None}
    return notice_frame(ready) + b"".join(state.notices)


async def _continuation(
    session_key: str | None, member: Any, shown: UUID | None, feed: Feed, access: AccessTimer
) -> AsyncGenerator[bytes, None]:
    silence_seconds = chat_settings().HEARTBEAT_SECONDS
    while (heard := await feed.next(within_seconds=silence_seconds)) is not None:
        is_idle = not heard.changed and not heard.events
        if access.is_due(IDLE_ACCESS_CHECK_SECONDS if is_idle else ACCESS_CHECK_SECONDS):
            access.restart()
            if not await may_stay(session_key, member):
                return
        if is_idle:
            yield KEEP_ALIVE
            continue
        if heard.run_id is not None:
            run_id = heard.run_id
            yield b"".join([feed_frame(run_id, event) for event in heard.events])
        if heard.changed:
            state = await in_database(_read_state, member, heard.changed, shown)
            if state.is_shown_gone:
                feed.leave_run()
            elif state.newest_run is not None:
                feed.follow(state.newest_run.pk)
            yield b"".join(state.notices)


def _is_lacked(run: Run, position: Position) -> bool:
    """True if the tab may not have the run, which may have begun and ended while it was away."""
    if run.is_active:
        return True
    # The clock's own times may be moved; a client's may lie at the calendar's beginning.
    return position.since is not None and run.created_at + OVERLAP > position.since


def _read_state(member: Any, wanted: Collection[UUID], shown: UUID | None) -> State:
    found = list(current_policy().conversations(member).filter(pk__in=wanted))
    active = {run.conversation_id: run for run in Run.objects.active().filter(conversation__in=found)}
    state = State()
    for conversation in found:
        body = conversation_json(conversation, active.get(conversation.pk))
        notice = {"type": "conversation", "conversation": body}
        if conversation.pk == shown:
            notice["ratings"] = ratings_in(shown, member)
        state.notices.append(notice_frame(notice))
    for gone in set(wanted) - {conversation.pk for conversation in found}:
        state.notices.append(notice_frame({"type": "removed", "id": str(gone)}))
        state.is_shown_gone |= gone == shown
    if shown in wanted and not state.is_shown_gone:
        runs = Run.objects.filter(conversation=shown).order_by("-created_at", "-id")
        state.newest_run = runs.first()
    return state


def _changed_since(member: Any, since: datetime | None, now: datetime) -> Sequence[UUID] | None:
    """Return what a tab missed that was away since then; none if that is too much, or long ago."""
    if since is None or now - since > LONGEST_ABSENCE:
        return None
    changed = Conversation.objects.filter(owner=member, changed_at__gt=since - OVERLAP)
    missed = list(changed.order_by("-changed_at").values_list("pk", flat=True)[: MOST_MISSED + 1])
    return missed if len(missed) <= MOST_MISSED else None


def _visible_run(member: Any, position: Position) -> UUID | None:
    if position.run_id is None:
        return None
    here = current_policy().runs(member).filter(conversation=position.shown)
    return here.filter(pk=position.run_id).values_list("pk", flat=True).first()


feed = api(GET=read)
