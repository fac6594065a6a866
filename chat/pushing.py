"""An extension of ASGI: a server that takes a part of a body, or a frame, in a plain call.

``send`` is awaited by the task that serves a request: waking it costs more than all else that is done for
a token. A server that offers ``scope["extensions"]["chat.push"]`` has ``push`` in it: a function of bytes
that returns False, having done nothing, when ``send`` has to be used: before the answer has begun, after its
end, and while the peer is slow. What is pushed is a part of the body, or the text of one frame, as if it
had been sent; whatever stands between the application and the server does not see it.
"""

from collections.abc import Callable

EXTENSION = "chat.push"
Push = Callable[[bytes], bool]


class Pusher:
    """What the server of a request, or of a socket, offers; nothing until it may begin."""

    def __init__(self, request: object) -> None:
        # A server that speaks no ASGI has no scope.
        self._scope = getattr(request, "scope", {})
        self.push: Push = _refuse

    def begin(self) -> None:
        """Push from now on, where the server offers it: nothing in between has to see what is told."""
        extension = (self._scope.get("extensions") or {}).get(EXTENSION)
        if extension:
            self.push = extension["push"]


def _refuse(_data: bytes) -> bool:
    return False
