"""What the parser is given, and how its texts are read back as they were written."""

import re
import unicodedata
from collections.abc import Iterator

# Emphasis, code, links and formulas do not reach over the end of a stretch of words this long: without a
# bound, one more word could change everything in a paragraph of any length.
STRETCH_CHARACTERS = 4000

# Stands for a "<" that opens no autolink: raw HTML is text, and must not end a paragraph.
LESS_THAN = "\u2aa6"
# An invisible hint between delimiters and a Korean, Chinese or Japanese letter. CommonMark's rules for
# emphasis expect spaces between words: with this, the strong in "**단어(SSE)**는" is found.
HINT = "\u2e5d"
_OWN_CHARACTERS = re.compile(f"[\r{LESS_THAN}{HINT}]")
# "\\<" is left alone: it is an escape for both parsers.
_NOT_AUTOLINK = re.compile(r"(?<!\\)<(?!https?://|mailto:)")
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u31f0-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
)
_DELIMITERS = re.compile(r"\*+")
LONGEST_DELIMITER = 3
_SPACE = re.compile("[ \n]")


def prepared(text: str) -> str:
    """Return the text as the parser is given it."""
    text = _NOT_AUTOLINK.sub(LESS_THAN, _OWN_CHARACTERS.sub("", text))
    return _DELIMITERS.sub(lambda run: _hinted(run, text), text)


def restored(text: str) -> str:
    """Return a text of the parser's as it was written."""
    return text.replace(LESS_THAN, "<").replace(HINT, "")


def stretches(words: str) -> Iterator[str]:
    """Cut words, at spaces, into stretches that are read by themselves."""
    while len(words) > STRETCH_CHARACTERS:
        hints = words.count(HINT, 0, STRETCH_CHARACTERS)
        space = _SPACE.search(words, STRETCH_CHARACTERS + hints)
        if space is None:
            break
        yield words[: space.start()]
        words = words[space.start() :]
    yield words


def _hinted(run: re.Match[str], text: str) -> str:
    before = text[run.start() - 1] if run.start() else " "
    after = text[run.end()] if run.end() < len(text) else " "
    stars = run.group()
    if len(stars) > LONGEST_DELIMITER:
        return stars
    if _is_punctuation(before) and _CJK.match(after):
        stars, after = stars + HINT, HINT
    return HINT + stars if _CJK.match(before) and _is_punctuation(after) else stars


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
