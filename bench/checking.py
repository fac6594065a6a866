"""Holds every token of an answer to what was sent: lost, doubled, reordered, garbled, and how late."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.upstream_pace import clock_us

_TOKEN = re.compile(r"낱([0-9]{5}):([0-9a-f]{11}) ")
TOKEN_CHARACTERS = 19


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a load of streams has brought so far."""

    # Streams whose first token is there and whose last is not.
    open_streams: int = 0
    tokens: int = 0
    # Streams that came to an end, in order or not.
    streams: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    # Microseconds from the model's writing to the driver's reading, while they are asked for.
    latencies_us: "array[int]" = field(default_factory=lambda: array("L"))
    is_timing: bool = False

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of them."""
        return {"streams": self.streams, "tokens": self.tokens, "faults": dict(self.faults)}


class TokenCheck:
    """Hears the events of one stream, of whatever server, whose tokens are numbered from 1."""

    def __init__(self, findings: Findings, *, on_first: Callable[[], None] = lambda: None) -> None:
        self._findings = findings
        self._on_first = on_first
        self._due = 1
        # Tokens that were passed over: lost, unless they come late.
        self._missing: set[int] = set()
        self._text_so_far = ""

    def hear(self, event: Mapping[str, object]) -> None:
        """Check what one event says."""
        kind = event.get("type")
        if kind == "error":
            self._findings.faults[f"error {event.get('code')}"] += 1
        elif kind == "refused":
            self._findings.faults[f"refused {event.get('code')}"] += 1
        elif kind == "snapshot":
            # It replaces what came before, so it begins with the first token again.
            self._due, self._missing = 1, set()
        for text in self._texts(event):
            self._read(text)

    def end(self, *, expected: int) -> None:
        """Count what never came."""
        if lost := len(self._missing) + max(0, expected + 1 - self._due):
            self._findings.faults["lost"] += lost

    def _texts(self, event: Mapping[str, object]) -> list[str]:
        choices = event.get("choices")
        if isinstance(choices, list):
            return [choice["delta"].get("content") or "" for choice in choices]
        content = event.get("content")
        if isinstance(content, str):
            return [content]
        whole = event.get("text_so_far")
        return [self._news(whole)] if isinstance(whole, str) else []

    def _news(self, whole: str) -> str:
        before, self._text_so_far = self._text_so_far, whole
        return whole.removeprefix(before)

    def _read(self, text: str) -> None:
        found = _TOKEN.findall(text)
        if len(found) * TOKEN_CHARACTERS != len(text):
            self._findings.faults["garbled"] += 1
        now = clock_us()
        for number, sent in found:
            self._findings.tokens += 1
            if self._findings.is_timing:
                self._findings.latencies_us.append(max(0, now - int(sent, 16)))
            self._count(int(number))

    def _count(self, number: int) -> None:
        if number == self._due:
            self._due = number + 1
            if number == 1:
                self._on_first()
        elif number > self._due:
            self._missing.update(range(self._due, number))
            self._due = number + 1
        elif number in self._missing:
            self._missing.remove(number)
            self._findings.faults["reordered"] += 1
        else:
            self._findings.faults["doubled"] += 1
