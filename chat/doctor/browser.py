"""Asks the site as a browser does, and notes when which bytes arrive."""

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message

from chat.doctor.address import Address

READ_BYTES = 64 * 1024
# What the browsers of today say; the doctor itself can read the first two.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
# The script is over long before; a stream without an end would keep the doctor for ever.
LONGEST_SECONDS = 120.0
MOST_BYTES = 16 * 1024 * 1024
# UnicodeError: a name that cannot be looked up, such as one with a label of 64 letters.
_FAILURES = (OSError, http.client.HTTPException, UnicodeError)
# gzip or zlib, whichever the bytes begin with.
_ANY_HEADER = zlib.MAX_WBITS | 32


class Unreachable(Exception):
    """No answer from the site; the message says what happened instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Bytes that came in one go, and when, by the monotonic clock."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response, with the times of its parts; ``broke_off`` says why it is not whole."""

    status: int
    headers: Message
    asked_at: float
    headers_at: float
    arrivals: tuple[Arrival, ...]
    broke_off: str = ""

    @property
    def body(self) -> bytes:
        """What came in all, decompressed."""
        return b"".join(arrival.data for arrival in self.arrivals)

    @property
    def content_type(self) -> str:
        """The media type, without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """How the body was compressed; empty if it was not."""
        encoding = self.header("Content-Encoding").strip().lower()
        return "" if encoding == "identity" else encoding

    def header(self, name: str) -> str:
        """Return a header's value; several of them joined, as HTTP means it."""
        return ", ".join(self.headers.get_all(name, []))


class Browser:
    """Connects anew for each request; ``timeout_seconds`` bounds every silence."""

    def __init__(self, address: Address, *, timeout_seconds: float, is_trusting: bool = False) -> None:
        self.address = address
        self.cookie = ""
        self.timeout_seconds = timeout_seconds
        self._tls = ssl.create_default_context()
        if is_trusting:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a path and read to the end. Raises Unreachable if not even headers come."""
        connection = self._connection()
        with closing(connection):
            asked_at = time.monotonic()
            try:
                connection.request("GET", path, headers={**self.headers(), **(headers or {})})
                response = connection.getresponse()
            except _FAILURES as error:
                raise Unreachable(_reason(error)) from error
            headers_at = time.monotonic()
            arrivals: list[Arrival] = []
            broke_off = ""
            received_bytes = 0
            try:
                for arrival in _decoded(response):
                    arrivals.append(arrival)
                    received_bytes += len(arrival.data)
                    if arrival.at - asked_at > LONGEST_SECONDS or received_bytes > MOST_BYTES:
                        broke_off = "it did not end"
                        break
            except (*_FAILURES, zlib.error) as error:
                broke_off = _reason(error)
        return Answer(
            status=response.status,
            headers=response.headers,
            asked_at=asked_at,
            headers_at=headers_at,
            arrivals=tuple(arrivals),
            broke_off=broke_off,
        )

    def headers(self) -> dict[str, str]:
        """Return what goes with each request."""
        signed_in = {"Cookie": self.cookie} if self.cookie else {}
        return {"Host": self.address.netloc, "Accept-Encoding": ACCEPT_ENCODING, **signed_in}

    def connect(self) -> socket.socket:
        """Return an open connection for a protocol of its own. Raises Unreachable."""
        place = (self.address.host, self.address.port)
        try:
            plain = socket.create_connection(place, timeout=self.timeout_seconds)
            if not self.address.is_encrypted:
                return plain
            return self._tls.wrap_socket(plain, server_hostname=self.address.host)
        except _FAILURES as error:
            raise Unreachable(_reason(error)) from error

    def negotiated_protocol(self) -> str:
        """Return what TLS chose of HTTP/2 and HTTP/1.1; empty without a choice. Raises Unreachable."""
        self._tls.set_alpn_protocols(["h2", "http/1.1"])
        try:
            with self.connect() as connection:
                chosen = connection.selected_alpn_protocol() if isinstance(connection, ssl.SSLSocket) else ""
        finally:
            self._tls.set_alpn_protocols(["http/1.1"])
        return chosen or ""

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.address.is_encrypted:
            return http.client.HTTPSConnection(host, port, timeout=self.timeout_seconds, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=self.timeout_seconds)


def _decoded(response: http.client.HTTPResponse) -> Iterator[Arrival]:
    is_readable = response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "deflate")
    decompressor = zlib.decompressobj(_ANY_HEADER) if is_readable else None
    while data := response.read1(READ_BYTES):
        at = time.monotonic()
        if decompressor:
            data = decompressor.decompress(data)
        if data:
            yield Arrival(at=at, data=data)


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted ({error.verify_message})"
        case TimeoutError():
            return "nothing came in time"
        case socket.gaierror():
            return "there is no host of this name"
        case ConnectionRefusedError():
            return "nobody listens there"
        case _:
            return str(error) or type(error).__name__
