"""Which addresses a text may link to; how bare ones, and notes, are found in it."""

import html
import re
from collections.abc import Iterator

from chat.markdown.notes import Notes
from chat.markdown.text import restored

_SCHEMES = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
# Spaces and control characters make browsers and people read different addresses.
_UNREADABLE = re.compile("[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HOST = re.compile(r"https?:[/\\]+(?:[^/\\?#]*@)?(\[[^\]]*\]|[^/\\?#@:]+)", re.IGNORECASE)
# A bare address, or a reference to a note, or the note.
_SPECIAL = re.compile(
    r"https?://[^\s<>\"'`\u3000-\u303f\uff00-\uffef]+"
    r"|(\n?)\[\^([0-9]{1,3}|[A-Za-z][A-Za-z0-9]{1,31})\](:[ \t]*|)"
)
_NAMES_HOST = re.compile(r"https?://.")
_TRAILING = re.compile(r"[.,;:!?*_~)\]}]+$")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5}));")


def anchor(address: str, name: str, *, host: str = "") -> str:
    """Return the tag that opens a link; the host is shown where the text is not the address itself."""
    shown = f' data-host="{html.escape(host)}"' if host else ""
    return f'<a href="{html.escape(address)}" class="{name}" target="_blank"{shown}>'


def safe_address(address: str) -> str:
    """Return the address if a text may link to it, else an empty text."""
    address = decoded(restored(address))
    return address if _SCHEMES.match(address) and not _UNREADABLE.search(address) else ""


def host_of(address: str) -> str:
    """Return the host that an address leads to, as it is written there."""
    found = _HOST.match(address)
    return found.group(1).lower() if found else ""


def link_text(text: str) -> str:
    """Return the text of a link as HTML, without characters that would show it in another order."""
    return html.escape(_BIDI.sub("", restored(text)))


def words(text: str, notes: Notes, *, is_start: bool) -> str:
    """Return a text as HTML, its bare addresses and notes as links.

    "[^1]" refers to a note; "[^1]: ", where a line begins, is one. ``is_start``: the text begins a block.
    """
    text = restored(text)
    parts: list[str] = []
    end = 0
    for start, until, drawn in _special(text, notes, is_start=is_start):
        parts += [html.escape(text[end:start]), drawn]
        end = until
    return "".join([*parts, html.escape(text[end:])])


def _special(text: str, notes: Notes, *, is_start: bool) -> Iterator[tuple[int, int, str]]:
    """Yield where something else than text stands, and what it is."""
    for found in _SPECIAL.finditer(text):
        label = found.group(2)
        if label is None:
            address = _trimmed(found.group())
            if safe_address(address) and _NAMES_HOST.match(address):
                drawn = f"{anchor(address, 'chat-link')}{html.escape(address)}</a>"
                yield found.start(), found.start() + len(address), drawn
            continue
        line_break, colon = found.group(1), found.group(3)
        is_first = is_start and found.start() == 0
        if colon and (is_first or line_break):
            mark = notes.note(label)
            yield found.start(), found.end(), mark if is_first else f"<br>{mark}"
        else:
            start, until = found.start() + len(line_break), found.end() - len(colon)
            yield start, until, notes.reference(label)


def _trimmed(address: str) -> str:
    """Leave out what ends the sentence and not the address; a bracket that was opened in it stays."""
    found = _TRAILING.search(address)
    tail = found.group() if found else ""
    rest = address[: len(address) - len(tail)]
    return rest + ")" if tail.startswith(")") and "(" in rest else rest


def decoded(text: str) -> str:
    """Return a text with the few entities that models write as their characters."""
    return _ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    name, decimal, hexadecimal = entity.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    # What is no character becomes the sign for that, as the page's lexer has it.
    return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
