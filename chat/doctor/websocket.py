"""A WebSocket by hand: the handshake, and the few frames that the doctor needs (RFC 6455)."""

import base64
import hashlib
import http.client
import json
import secrets
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from socket import socket

from chat.doctor.browser import Browser, Unreachable

# RFC 6455, section 1.3: what the server appends to the key before it hashes it.
_PROTOCOL_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
MOST_FRAME_BYTES = 1024 * 1024
MOST_LINE_BYTES = 8192


class HandshakeRefused(Exception):
    """The server answered with something else than a WebSocket."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A text that came, and when, by the monotonic clock."""

    at: float
    text: str


class WebSocket:
    """One open socket; ``close_code`` is set when the server has closed it."""

    def __init__(self, connection: socket, reader: BufferedReader) -> None:
        self._connection = connection
        self._reader = reader
        self.close_code: int | None = None

    @classmethod
    def open(cls, browser: Browser, path: str) -> "WebSocket":
        """Shake hands as a page of the site would. Raises HandshakeRefused, Unreachable."""
        key = base64.b64encode(secrets.token_bytes(16))
        headers = browser.headers() | {
            "Origin": browser.address.origin,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key.decode(),
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        connection = browser.connect()
        try:
            connection.sendall("\r\n".join(lines).encode())
            reader = connection.makefile("rb")
            _check_handshake(reader, key)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise Unreachable(str(error) or type(error).__name__) from error
        except HandshakeRefused:
            connection.close()
            raise
        return cls(connection, reader)

    def close(self) -> None:
        """Leave; the server sees the connection end."""
        self._reader.close()
        self._connection.close()

    def send(self, content: Mapping[str, object]) -> None:
        """Send an object as a text frame. Raises OSError."""
        self._send(_TEXT, json.dumps(content).encode())

    def frames(self) -> Iterator[Frame]:
        """Yield texts until the server closes or falls silent for the browser's timeout. Raises OSError."""
        while True:
            kind, payload = self._receive()
            if kind == _TEXT:
                yield Frame(at=time.monotonic(), text=payload.decode())
            elif kind == _PING:
                self._send(_PONG, payload)
            elif kind == _CLOSE:
                self.close_code = struct.unpack("!H", payload[:2])[0] if len(payload) > 1 else None
                return

    def _send(self, kind: int, payload: bytes) -> None:
        # Clients must mask what they send; section 5.3.
        mask = secrets.token_bytes(4)
        masked = bytes(byte ^ mask[position % 4] for position, byte in enumerate(payload))
        size = len(payload)
        length = bytes([_MASKED | size]) if size < 126 else struct.pack("!BH", _MASKED | 126, size)
        self._connection.sendall(bytes([_FINAL | kind]) + length + mask + masked)

    def _receive(self) -> tuple[int, bytes]:
        first, second = self._read(2)
        size = second & ~_MASKED
        if size == 126:
            (size,) = struct.unpack("!H", self._read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._read(8))
        if size > MOST_FRAME_BYTES:
            raise OSError("a frame larger than any of the chat's")
        return first & 0x0F, self._read(size)

    def _read(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) < size:
            raise ConnectionError("the connection ended without a word")
        return data


def _check_handshake(reader: BufferedReader, key: bytes) -> None:
    status_line = reader.readline(MOST_LINE_BYTES).decode("latin-1").split(None, 2)
    if len(status_line) < 2 or not status_line[1].isdigit():
        raise ValueError("the answer is not HTTP")
    headers = http.client.parse_headers(reader)
    status = int(status_line[1])
    if status != http.HTTPStatus.SWITCHING_PROTOCOLS:
        raise HandshakeRefused(status, " ".join(status_line[1:]).strip())
    # SHA-1 is what the protocol asks for; it protects nothing here.
    digest = hashlib.sha1(key + _PROTOCOL_SALT, usedforsecurity=False).digest()
    if headers.get("Sec-WebSocket-Accept", "").strip() != base64.b64encode(digest).decode():
        raise HandshakeRefused(status, "the answer to the key is wrong")
