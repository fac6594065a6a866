"""Reads bytes as text, in the encodings that people's files really have."""

import codecs
import re

# What no text has: the control characters but tab, line breaks, form feed and the escape of coloured logs.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


def read_text(content: bytes) -> str | None:
    """Return the text with plain line breaks; None if these bytes are no text.

    UTF-8 and UTF-16; else what Korean Windows writes, if that gives Hangul; else what western Windows writes.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp949" or _is_mostly_hangul(text):
            break
    else:
        return None
    if _NOT_TEXT.search(text):
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    return ("utf-8", "cp949", "cp1252")


def _is_mostly_hangul(text: str) -> bool:
    return 2 * len(_HANGUL.findall(text)) > len(_NOT_ASCII.findall(text))
