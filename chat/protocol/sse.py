"""Server-Sent Events: how a follower over HTTP hears a run."""

import re

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


def position_from(text: str | None) -> int:
    """Return the seq that a follower says it has; what is no position counts as none, which is 0."""
    if text is None or not _POSITION.fullmatch(text):
        return 0
    return min(int(text), MAX_SEQ)
