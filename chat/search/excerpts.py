"""The part of a text that shows why it was found."""

import re

from chat.search.words import Wanted, composed, fold

EXCERPT_CHARACTERS = 160
# So much of what stands before the first mark is shown with it.
BEFORE_CHARACTERS = 48

# Signs of Markdown that say nothing in one line of plain text.
_SIGNS = re.compile(r"^[ \t]*(?:#{1,6}|>|[-*+]|\|)[ \t]+|\*\*|`+", re.MULTILINE)

# A piece of text, and whether it is what was looked for.
Piece = tuple[str, bool]


def excerpt_of(text: str, wanted: Wanted) -> list[Piece]:
    """Return a line of the text around the first thing that was looked for, in pieces."""
    line = composed(" ".join(_SIGNS.sub("", text).split()))
    first = wanted.marks.search(fold(line))
    begin = _word_before(line, first.start() - BEFORE_CHARACTERS) if first else 0
    end = begin + EXCERPT_CHARACTERS
    pieces = marked(line[begin:end], wanted)
    if begin:
        pieces.insert(0, ("…", False))
    if end < len(line):
        pieces.append(("…", False))
    return pieces


def marked(text: str, wanted: Wanted) -> list[Piece]:
    """Return the text in pieces, those that were looked for marked. Nothing in it is taken for markup."""
    text = composed(text)
    pieces: list[Piece] = []
    shown = 0
    for found in wanted.marks.finditer(fold(text)):
        pieces += [(text[shown : found.start()], False), (text[found.start() : found.end()], True)]
        shown = found.end()
    pieces.append((text[shown:], False))
    return [piece for piece in pieces if piece[0]]


def _word_before(line: str, position: int) -> int:
    """Return where the word that holds the position begins, or the position where it is a long one."""
    if position <= 0:
        return 0
    space = line.rfind(" ", max(0, position - BEFORE_CHARACTERS // 2), position + 1)
    return position if space < 0 else space + 1
