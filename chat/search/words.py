"""What counts as a word: the same for texts that are indexed, for what is looked for, and for marks.

A term is found as the beginning of a word, so that Korean particles hide nothing: 서울 finds 서울에서.
Chinese and Japanese have no spaces; there every pair of characters is a term.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# What follows tells no two words apart that anybody looks for.
TERM_CHARACTERS = 40
# Nobody types more words than that; each costs the database a look.
MOST_TERMS = 8
MOST_QUERY_CHARACTERS = 200

# Kana and Han; Hangul has spaces.
_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<spaceless>[{_SPACELESS}]+)|[^\W_{_SPACELESS}]+")
_WORD_BEGINS = r"(?<![^\W_])"
_WORD_ENDS = r"(?![^\W_])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for: terms that all have to be there, and where a text shows them."""

    terms: tuple[str, ...]
    marks: re.Pattern[str]
    # True if more was typed than is looked for.
    is_cut: bool


def wanted_from(typed: str) -> Wanted | None:
    """Return what is looked for; None if nothing that was typed is a word."""
    runs = list(_RUN.finditer(fold(typed[:MOST_QUERY_CHARACTERS])))
    # In the order in which they were typed, each once.
    terms = list(dict.fromkeys(term for run in runs for term in _terms(run, is_query=True)))
    if not terms:
        return None
    patterns = [_pattern(run) for run in runs]
    return Wanted(
        terms=tuple(terms[:MOST_TERMS]),
        # The longest first: of two that begin alike the one that marks more.
        marks=re.compile("|".join(sorted(set(patterns), key=len, reverse=True))),
        is_cut=len(terms) > MOST_TERMS or len(typed) > MOST_QUERY_CHARACTERS,
    )


def is_beginning(term: str) -> bool:
    """True if longer words that begin with the term are found too.

    Not with a lone Latin letter or digit: most texts have a word that begins with it.
    """
    return len(term) > 1 or not term.isascii()


def terms_in(text: str) -> Iterator[str]:
    """Yield the terms of a text, some of them more than once."""
    for run in _RUN.finditer(fold(composed(text))):
        yield from _terms(run, is_query=False)


def composed(text: str) -> str:
    """Return the text as most people write it: files from a Mac have Hangul in pieces."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return a text in which é, É and Ｅ are e; every character stays where it was."""
    return composed(text).translate(_FOLDING)


def _pattern(run: re.Match[str]) -> str:
    if run["spaceless"]:
        return re.escape(run[0])
    end = "" if is_beginning(run[0]) else _WORD_ENDS
    return _WORD_BEGINS + re.escape(run[0][:TERM_CHARACTERS]) + end


def _terms(run: re.Match[str], *, is_query: bool) -> Iterator[str]:
    found = run[0]
    if not run["spaceless"]:
        yield found[:TERM_CHARACTERS]
        return
    for start in range(len(found) - 1):
        yield found[start : start + 2]
    # The last character begins no pair; whoever looks for it alone finds it nevertheless.
    if len(found) == 1 or not is_query:
        yield found[-1]


class _Folding(dict[int, int]):
    """A character for each character: lower case, without accents and without typographic variants."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        apart = unicodedata.normalize("NFKD", character)
        has_accents_only = all("\u0300" <= mark <= "\u036f" for mark in apart[1:])
        base = apart[0] if has_accents_only else character
        self[code] = ord(base.lower()[0])
        return self[code]


_FOLDING = _Folding()
