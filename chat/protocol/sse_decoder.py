"""Reads Server-Sent Events: bytes in as they arrive, events out, within a bound.

Follows the WHATWG standard's rules for event streams: LF, CRLF and CR end a line, a byte order mark may
come first, comments and unknown fields are skipped, an event that the stream's end cuts off is dropped.
"""

from typing import NamedTuple

MAX_EVENT_BYTES = 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DATA, _END = b"data: ", b"\n\n"
# Far below any bound, and more than a token takes.
_PLAIN_BYTES = 4096


class EventTooLarge(ValueError):
    """A line or an event is larger than the bound."""


class ReceivedEvent(NamedTuple):
    """One event of a stream. A tuple, because there may be tens of thousands in a second."""

    data: bytes
    name: bytes = b""
    last_id: bytes = b""


class SseDecoder:
    """Decodes one stream.

    Holds at most one event, so never much more than ``max_event_bytes``, and reads every byte once
    however the stream was split.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._line_parts: list[bytes] = []
        self._line_bytes = 0
        self._ended_with_cr = False
        self._is_first_line = True
        self._data_lines: list[bytes] = []
        self._data_bytes = 0
        self._name = b""
        self._last_id = b""
        # True if what comes next begins an event. Not yet: a byte order mark may come first.
        self.is_between_events = False

    def feed(self, received: bytes) -> list[ReceivedEvent]:
        """Return the events that these bytes complete. Raises EventTooLarge."""
        if (
            # What nearly every read is: one event of one line, whole.
            self.is_between_events
            and received.find(b"\n") == len(received) - len(_END)
            and received.startswith(_DATA)
            and received.endswith(_END)
            and len(received) < _PLAIN_BYTES
            and b"\r" not in received
        ):
            return [ReceivedEvent(received[len(_DATA) : -len(_END)], b"", self._last_id)]
        *lines, rest = self._with_line_feeds(received).split(b"\n")
        events: list[ReceivedEvent] = []
        for part in lines:
            line = self._completed_line(part)
            if line:
                self._take_field(line)
            elif self._data_lines:
                events.append(self._completed_event())
            else:
                self._name = b""
        if rest:
            self._line_bytes += len(rest)
            self._check_size(self._line_bytes)
            self._line_parts.append(rest)
        self.is_between_events = not (rest or self._data_lines or self._name or self._ended_with_cr)
        return events

    def _with_line_feeds(self, received: bytes) -> bytes:
        if self._ended_with_cr and received:
            # The second half of a CRLF that was split between two reads.
            received = received.removeprefix(b"\n")
            self._ended_with_cr = False
        if b"\r" in received:
            self._ended_with_cr = received.endswith(b"\r")
            received = received.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return received

    def _completed_line(self, line: bytes) -> bytes:
        if self._line_parts:
            self._line_parts.append(line)
            line = b"".join(self._line_parts)
            self._line_parts.clear()
            self._line_bytes = 0
        self._check_size(len(line))
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _take_field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data_lines.append(value)
            self._data_bytes += len(value) + 1
            self._check_size(self._data_bytes)
        elif field == b"event":
            self._name = value
        elif field == b"id" and b"\0" not in value:
            self._last_id = value

    def _completed_event(self) -> ReceivedEvent:
        event = ReceivedEvent(b"\n".join(self._data_lines), self._name, self._last_id)
        self._data_lines.clear()
        self._data_bytes = 0
        self._name = b""
        return event

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._max_event_bytes:
            raise EventTooLarge(f"more than {self._max_event_bytes} bytes without an end")
