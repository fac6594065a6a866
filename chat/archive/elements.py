"""The elements of a JSON array one after another: of a file of 30 MB, one conversation is in memory."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from chat.archive.checking import refusal

_SPACE = re.compile(r"[ \t\n\r]*")


def elements_of(raw: bytes) -> Iterator[Any]:
    """Yield the elements of an array, or the one value that there is. Raises InvalidInput if it is cut."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken() from error
    start = _after_space(text, 0)
    if not text.startswith("[", start):
        value, end = _value_at(text, start)
        _require_end(text, end)
        yield value
        return
    position = _after_space(text, start + 1)
    if text.startswith("]", position):
        _require_end(text, position + 1)
        return
    while True:
        value, position = _value_at(text, position)
        yield value
        position = _after_space(text, position)
        if text.startswith("]", position):
            _require_end(text, position + 1)
            return
        if not text.startswith(",", position):
            raise _broken()
        position = _after_space(text, position + 1)


def _value_at(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    # Numbers of thousands of digits are ValueErrors as well; what is nested without end is the other one.
    except (ValueError, RecursionError) as error:
        raise _broken() from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _require_end(text: str, position: int) -> None:
    if _after_space(text, position) != len(text):
        raise _broken()


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _broken() -> Exception:
    return refusal(_("The file is not whole, or not JSON. Nothing was imported."))


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
