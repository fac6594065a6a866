"""As little of the WebSocket protocol (RFC 6455) as a load driver needs: texts of a trusted server."""

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from typing import cast

from bench.http_client import HOST

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80


class Socket(asyncio.Protocol):
    """One connection; ``on_text`` gets the bytes of each text frame."""

    def __init__(
        self, port: int, path: str, headers: Mapping[str, str], on_text: Callable[[bytes], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.is_open: asyncio.Future[None] = loop.create_future()
        # Set when whoever listens has heard enough, or when the connection ends.
        self.ended: asyncio.Future[None] = loop.create_future()
        self._address = port, path
        self._headers = headers
        self._on_text = on_text
        self._received = b""

    async def connect(self) -> None:
        """Open the socket. Raises ConnectionError if the server refuses the handshake."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, HOST, self._address[0])
        await self.is_open

    def close(self) -> None:
        """End the connection without ceremony."""
        self._transport.abort()

    def send(self, text: str) -> None:
        """Send a text frame."""
        self._send(_TEXT, text.encode())

    def finish(self) -> None:
        """Let who waits for the end go on."""
        if not self.ended.done():
            self.ended.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        port, path = self._address
        fields = {
            "Host": f"{HOST}:{port}",
            "Origin": f"http://{HOST}:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **self._headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._transport.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.is_open.done():
            head, is_whole, rest = self._received.partition(b"\r\n\r\n")
            if not is_whole:
                return
            self._received = rest
            status = head.split(b" ", 2)[1].decode()
            if status != "101":
                self.is_open.set_exception(ConnectionRefusedError(f"status {status}"))
                return
            self.is_open.set_result(None)
        self._take_frames()

    def connection_lost(self, exc: Exception | None) -> None:
        broken = ConnectionResetError(f"the socket broke off ({exc})")
        for waiting in (self.is_open, self.ended):
            if not waiting.done():
                waiting.set_exception(broken)
                # Whoever waits for the first need not wait for the second.
                waiting.exception()

    def _take_frames(self) -> None:
        while len(self._received) >= 2:
            length, start = self._received[1] & 0x7F, 2
            if length >= 126:
                start = 4 if length == 126 else 10
                length = int.from_bytes(self._received[2:start], "big")
            if len(self._received) < start + length or len(self._received) < start:
                return
            code = self._received[0] & 0x0F
            payload = self._received[start : start + length]
            self._received = self._received[start + length :]
            if code == _TEXT:
                self._on_text(payload)
            elif code == _PING:
                self._send(_PONG, payload)
            elif code == _CLOSE:
                self._transport.close()

    def _send(self, code: int, payload: bytes) -> None:
        length = len(payload)
        if length < 126:
            head = bytes([_FINAL | code, _MASKED | length])
        else:
            head = bytes([_FINAL | code, _MASKED | 126]) + length.to_bytes(2, "big")
        # A mask of zeros is a mask: the payload goes as it is.
        self._transport.write(head + bytes(4) + payload)
