"""One scripted answer on its way: a request's record, and the HTTP response being written to it."""

import asyncio
import json
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

_HEAD = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"scripted","choices":['
_TEXT_HEAD = _HEAD + '{"index":0,"delta":{"content":'
_TEXT_TAIL = '},"finish_reason":null}]}'
_FINISH_HEAD = _HEAD + '{"index":0,"delta":{},"finish_reason":'
_FINISH_TAIL = "}]}"
_USAGE_HEAD = _HEAD + '],"usage":'
_USAGE_TAIL = "}"
_REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 429: "Too Many Requests"}


@dataclass(kw_only=True)
class RequestRecord:
    """What the server knows about one request; times are ``time.monotonic()``, which processes share."""

    id: int
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    script: str = ""
    # How often this script was asked for, this time included.
    attempt: int = 1
    received_at: float = field(default_factory=time.monotonic)
    bytes_sent: int = 0
    tokens_sent: int = 0
    # True once the script has run to its end.
    is_complete: bool = False
    # When the client was gone before that; else none.
    closed_at: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the record for ``GET /_log``, without the headers, which hold the key."""
        return {name: value for name, value in vars(self).items() if name not in {"ended", "headers"}}


class Answer:
    """Writes one response; ``arguments`` are the script's own."""

    def __init__(
        self, record: RequestRecord, transport: asyncio.Transport, arguments: dict[str, str]
    ) -> None:
        self.record = record
        self.arguments = arguments
        self.line_end = b"\n"
        self._transport = transport
        self._may_write = asyncio.Event()
        self._may_write.set()

    def number(self, name: str, default: float) -> float:
        """Return a numeric argument of the script."""
        return float(self.arguments.get(name, default))

    def pause_writing(self) -> None:
        """Stop writing until the client has read."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._may_write.set()

    async def respond(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        """Write a whole response."""
        await self.begin(status, content_type, content_length=str(len(body)), **headers)
        await self.raw(body)

    async def begin(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        """Write the head; without a content length the body comes in HTTP chunks."""
        if "content_length" not in headers:
            headers["transfer_encoding"] = "chunked"
        fields = {"content_type": content_type, "x_request_id": f"req_{self.record.id}", **headers}
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Scripted')}"]
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
        await self.raw("\r\n".join([*lines, "", ""]).encode())

    async def raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        if not self._may_write.is_set():
            await self._may_write.wait()
        if self._transport.is_closing():
            raise ConnectionResetError("the client is gone")
        self.write(data)

    @property
    def may_write(self) -> bool:
        """True if the client reads what it gets."""
        return self._may_write.is_set()

    def write(self, data: bytes) -> None:
        """Write bytes as they are, at once; who writes much asks ``may_write`` first."""
        self._transport.write(data)
        self.record.bytes_sent += len(data)

    async def body(self, data: bytes) -> None:
        """Write bytes as one HTTP chunk."""
        await self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    def event(self, data: str) -> bytes:
        """Return an event with this data."""
        return b"data: " + data.encode() + self.line_end * 2

    def text_event(self, text: str) -> bytes:
        """Return the event of one token."""
        self.record.tokens_sent += 1
        return self.event(_TEXT_HEAD + json.dumps(text, ensure_ascii=False) + _TEXT_TAIL)

    def finish_event(self, reason: str = "stop") -> bytes:
        """Return the event that completes the answer."""
        return self.event(_FINISH_HEAD + json.dumps(reason) + _FINISH_TAIL)

    def usage_event(self, input_tokens: int = 7, output_tokens: int | None = None) -> bytes:
        """Return the event that counts; by default what was sent."""
        written = self.record.tokens_sent if output_tokens is None else output_tokens
        usage = {"prompt_tokens": input_tokens, "completion_tokens": written}
        return self.event(_USAGE_HEAD + json.dumps(usage) + _USAGE_TAIL)

    async def tokens(self, texts: list[str]) -> None:
        """Write an event per text, each in its own HTTP chunk."""
        for text in texts:
            await self.body(self.text_event(text))

    async def end(self, reason: str = "stop") -> None:
        """Write what a well-behaved server writes after the text."""
        await self.body(self.finish_event(reason))
        if (self.record.body.get("stream_options") or {}).get("include_usage"):
            await self.body(self.usage_event())
        await self.done()

    async def done(self) -> None:
        """Write the last event and the end of the body."""
        await self.body(self.event("[DONE]"))
        await self.raw(b"0\r\n\r\n")

    async def hang(self) -> None:
        """Say nothing until the client goes."""
        await asyncio.Event().wait()

    async def flush(self) -> None:
        """Wait until the system has taken all that was written; transports have no event for that."""
        while self._transport.get_write_buffer_size():  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    async def reset(self) -> None:
        """Break the connection with an RST."""
        await self.flush()
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def close(self) -> None:
        """End the connection with a FIN."""
        self._transport.close()
