"""Server-Sent Events: how a follower over HTTP hears a run."""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chat.protocol.events import Event

EVENT_STREAM = "text/event-stream"
CONTENT_TYPE = f"{EVENT_STREAM}; charset=utf-8"
# Browsers wait this long before they reconnect by themselves.
RETRY_MS = 1000
KEEP_ALIVE = b": keep-alive\n\n"
OPENING = b"retry: %d\n\n" % RETRY_MS
# The largest whole number that JavaScript counts exactly.
MAX_SEQ = 2**53 - 1
_POSITION = re.compile(r"[0-9]{1,16}")

HEADERS = {
    # no-transform forbids proxies to compress or re-chunk; X-Accel-Buffering turns nginx's buffer off.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    # Django's GZipMiddleware would make a gzip member of every event, of which browsers read the first.
    "Content-Encoding": "identity",
}


def frame(event: Event) -> bytes:
    """Return the event as it goes over the wire."""
    return b"id: %d\ndata: %b\n\n" % (event.seq, event.data)


def feed_frame(run_id: UUID, event: Event) -> bytes:
    """Return the event as it goes over a feed, which tells one run after the other."""
    return b"id: %s:%d\ndata: %b\n\n" % (str(run_id).encode(), event.seq, event.data)


def notice_frame(notice: Mapping[str, Any]) -> bytes:
    """Return a notice of a feed. It has no number: each one says how things are, and none is missed."""
    return b"data: %b\n\n" % json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode()


def feed_position_from(text: str | None) -> tuple[UUID | None, int]:
    """Return the run and the seq that a feed's ``Last-Event-ID`` names; none and 0 for what is none."""
    run, _, seq = (text or "").partition(":")
    try:
        return UUID(run), position_from(seq)
    except ValueError:
        return None, 0


def position_from(text: str | None) -> int:
    """Return the seq that a follower says it has; what is no position counts as none, which is 0."""
    if text is None or not _POSITION.fullmatch(text):
        return 0
    return min(int(text), MAX_SEQ)
