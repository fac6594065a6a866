"""Rendered messages that are asked for again, in the memory of this process: reading Markdown is dear."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the HTML of a message depends on."""

    text: str
    prefix: str
    language: str | None


class RenderedMessages:
    """The latest ones, by what they were made from; those not asked for the longest go first."""

    def __init__(self, *, most_characters: int) -> None:
        self._most_characters = most_characters
        self._characters = 0
        self._found: OrderedDict[Asked, SafeString] = OrderedDict()
        # Templates are rendered by several threads.
        self._lock = Lock()

    def get(self, asked: Asked) -> SafeString | None:
        """Return the HTML, or None if it has to be made."""
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
            return self._found.get(asked)

    def keep(self, asked: Asked, rendered: SafeString) -> None:
        """Keep it as long as there is room: one that would drive out most of the others is not kept."""
        size = _size(asked, rendered)
        with self._lock:
            if size > self._most_characters // 8 or asked in self._found:
                return
            self._found[asked] = rendered
            self._characters += size
            while self._characters > self._most_characters:
                self._characters -= _size(*self._found.popitem(last=False))


def _size(asked: Asked, rendered: SafeString) -> int:
    return len(asked.text) + len(rendered)
