"""WebSocket text frames: the same objects as over SSE, with the run and the seq inside."""

from chat.protocol.events import Event


def frame(run_id: str, event: Event) -> str:
    """Return the event as a text frame, without encoding its fact again."""
    return f'{{"run":"{run_id}","seq":{event.seq},{event.data[1:].decode()}'
