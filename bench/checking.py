"""Holds every token of an answer to what was sent: lost, doubled, reordered, garbled."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

_WORD = re.compile(r"word([0-9]+) ")


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a load of streams has brought so far."""

    # Streams whose first bytes are there and whose last are not.
    open_streams: int = 0
    tokens: int = 0
    # Streams that came to an end, in order or not.
    streams: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of them."""
        return {"streams": self.streams, "tokens": self.tokens, "faults": dict(self.faults)}


class TokenCheck:
    """Reads one event stream, of our site or of the vendor's wire, whose words are numbered from 1."""

    def __init__(self) -> None:
        self.tokens = 0
        self.faults: Counter[str] = Counter()
        self._due = 1
        # Words that were passed over: lost, unless they come late.
        self._missing: set[int] = set()
        self._received = b""

    def feed(self, data: bytes) -> None:
        """Check the events that are whole with this part of the body."""
        *blocks, self._received = (self._received + data).split(b"\n\n")
        for block in blocks:
            for line in block.split(b"\n"):
                if line.startswith(b"data: ") and line != b"data: [DONE]":
                    self._hear(json.loads(line[6:]))

    def end(self, *, expected: int) -> None:
        """Count what never came."""
        self.faults["lost"] += len(self._missing) + max(0, expected + 1 - self._due)
        # A counter keeps its zeros.
        self.faults += Counter()

    def _hear(self, event: dict[str, object]) -> None:
        kind = event.get("type")
        if kind == "error":
            self.faults[f"error {event['code']}"] += 1
        elif kind == "snapshot":
            # It replaces what came before, so it begins with the first word again.
            self._due, self._missing = 1, set()
        for text in _texts(event):
            numbers = [int(number) for number in _WORD.findall(text)]
            if "".join(f"word{number} " for number in numbers) != text:
                self.faults["garbled"] += 1
            for number in numbers:
                self._count(number)

    def _count(self, number: int) -> None:
        self.tokens += 1
        if number >= self._due:
            self._missing.update(range(self._due, number))
            self._due = number + 1
        elif number in self._missing:
            self._missing.remove(number)
            self.faults["reordered"] += 1
        else:
            self.faults["doubled"] += 1


def _texts(event: dict[str, object]) -> list[str]:
    choices = event.get("choices")
    if isinstance(choices, list):
        return [choice["delta"].get("content") or "" for choice in choices]
    content = event.get("content")
    return [content] if isinstance(content, str) else []
