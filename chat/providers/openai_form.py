"""The form of a server's tokens: it writes all but their text alike, so that few have to be parsed."""

from collections.abc import Callable
from typing import Self

# Stands in for a text, to see whether it is read from there.
_PROBE = "probe of the form"


class Form:
    """The bytes before and after the text in the events of one answer."""

    __slots__ = ("_between", "_head", "_shortest", "_tail")

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._head = head
        self._tail = tail
        self._between = tail + head
        self._shortest = len(head) + len(tail)

    @classmethod
    def of(cls, received: bytes, text: str, read: Callable[[bytes], str | None]) -> Self | None:
        """Return the form of an event in which ``read`` found this text; none if it is written otherwise."""
        before, quoted, after = received.partition(b'"%b"' % text.encode())
        if not quoted or text == _PROBE:
            return None
        form = cls(before + b'"', b'"' + after)
        # The same letters may stand elsewhere in the event.
        return form if read(form._head + _PROBE.encode() + form._tail) == _PROBE else None

    def text_in(self, received: bytes) -> str | None:
        """Return the text of one or more events of this form; none for another form, or a text with escapes.

        What stands where a string of JSON was cut in two belongs to that string, as long as it neither ends
        nor escapes it; and to the same line, as long as it ends none.
        """
        head, tail = self._head, self._tail
        if len(received) < self._shortest or not (received.startswith(head) and received.endswith(tail)):
            return None
        said = received[len(head) : -len(tail)]
        try:
            # An event's end begins with a quote: what of it is in a text is found below.
            text = "".join(map(bytes.decode, said.split(self._between))) if tail in said else said.decode()
        except UnicodeDecodeError:
            return None
        # Line ends and control characters are not printable, and neither is anything that no database takes.
        return text if text.isprintable() and '"' not in text and "\\" not in text else None
