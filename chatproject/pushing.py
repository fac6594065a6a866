"""uvicorn's protocols, with parts of a body and frames pushed in a plain call: see chat/pushing.py."""

import asyncio
from functools import partial

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

from chat.pushing import EXTENSION

# What the application may write ahead of a peer before it has to wait. While they wait, small events cost
# uvloop ten times their bytes: 200 readers who took nothing of 64 KiB, the default, made 210 MB.
AHEAD_BYTES = 4096


class PushingHttp(HttpToolsProtocol):
    """HTTP, and the WebSockets that begin as such, with little memory for what a peer does not take."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Have the application wait for a peer that is slow."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=AHEAD_BYTES)
        self._unanswered: list[RequestResponseCycle] = []

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request that its client left: uvicorn tells the one that came last."""
        for cycle in self._unanswered:
            cycle.disconnected = not cycle.response_complete
            cycle.message_event.set()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Offer the extension to the request that has arrived."""
        earlier = self.cycle
        super().on_headers_complete()
        if self.cycle is not earlier:
            self._unanswered = [one for one in self._unanswered if not one.response_complete] + [self.cycle]
            push = partial(self._push, self.cycle)
            self.scope["extensions"] = {EXTENSION: {"push": push}}

    def _push(self, cycle: RequestResponseCycle, part: bytes) -> bool:
        # Before the head uvicorn does not know yet whether it will be chunked; an empty chunk is the end.
        is_open = cycle.chunked_encoding and not (cycle.response_complete or cycle.disconnected)
        if not is_open or not part or self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
        return True


class PushingSocket(WebSocketsSansIOProtocol):
    """WebSockets, without compression."""

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the handshake that has arrived."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"push": self._push}

    def _push(self, text: bytes) -> bool:
        is_open = self.handshake_complete and self.conn.state is OPEN and not self.close_sent
        if not is_open or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(_frame(text))
        return True


def _frame(text: bytes) -> bytes:
    """Return a whole, unmasked text frame: RFC 6455, section 5.2."""
    length = len(text)
    if length < 126:
        return b"\x81%c%b" % (length, text)
    if length < 2**16:
        return b"\x81\x7e%b%b" % (length.to_bytes(2, "big"), text)
    return b"\x81\x7f%b%b" % (length.to_bytes(8, "big"), text)
