"""WebSocket text frames: the same objects as over SSE, with the run and the seq inside."""

from chat.protocol.events import Event


def frame(run_id: bytes, event: Event) -> bytes:
    """Return the event as a text frame in UTF-8, without encoding its fact again."""
    return b'{"run":"%b","seq":%d,%b' % (run_id, event.seq, event.data[1:])
