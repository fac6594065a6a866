"""The files in a ZIP that its conversations name: found, bounded, and read one at a time."""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.utils.translation import gettext as _

from chat.archive.checking import not_ours, refusal, text_in
from chat.conf import chat_settings

# They are all written to the site's storage: never more than a few of the largest files that may be sent.
FILES_PER_LARGEST = 4
PART_BYTES = 256 * 1024
LONGEST_PLACE = 255
_PLACE = re.compile(r"files/[^/\\\x00-\x1f]+")
# What else ZIPs may be packed with asks for as much memory as the one who packed it likes.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError)


def place_in(value: Any) -> str | None:
    """Return where a file is said to be in its ZIP, or None if it is not. Raises InvalidInput."""
    if value is None:
        return None
    place = text_in(value, most=LONGEST_PLACE)
    if not _PLACE.fullmatch(place):
        raise not_ours()
    return place


class PackedFiles:
    """The files of one ZIP; without one there are none."""

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        self._archive = archive
        self._checked: set[str] = set()
        self._left_bytes = chat_settings().MAX_IMPORT_BYTES * FILES_PER_LARGEST

    def __bool__(self) -> bool:
        return self._archive is not None

    def names(self) -> Collection[str]:
        """Return where there is anything in the ZIP."""
        return self._archive.NameToInfo if self._archive is not None else ()

    def check(self, place: str) -> None:
        """Unpack a file to nowhere. Raises InvalidInput if it is not there, broken, or one too much."""
        if self._archive is None or place in self._checked:
            return
        self._checked.add(place)
        if place not in self._archive.NameToInfo:
            raise refusal(_("A conversation names a file that is not in the ZIP file. Nothing was imported."))
        with opened(self._archive, place) as file:
            while part := file.read(PART_BYTES):
                self._left_bytes -= len(part)
                if self._left_bytes < 0:
                    raise too_large()

    def read(self, place: str, *, most_bytes: int) -> bytes | None:
        """Return a file that was checked; None if it is larger than that."""
        if self._archive is None:
            return None
        with opened(self._archive, place) as file:
            content = file.read(most_bytes + 1)
        return content if len(content) <= most_bytes else None


@contextmanager
def opened(archive: zipfile.ZipFile, entry: str | zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """Open one file of a ZIP. What is wrong with it becomes InvalidInput."""
    with refusing_broken_zips():
        info = entry if isinstance(entry, zipfile.ZipInfo) else archive.getinfo(entry)
        if info.compress_type not in _METHODS:
            raise NotImplementedError(info.compress_type)
        with archive.open(info) as file:
            yield file


@contextmanager
def refusing_broken_zips() -> Iterator[None]:
    """Turn what a broken ZIP raises into InvalidInput."""
    try:
        yield
    except _BROKEN as error:
        raise refusal(_("The ZIP file is broken or encrypted. Nothing was imported.")) from error


def too_large() -> Exception:
    """Return the error for a ZIP that unpacks to too much."""
    return refusal(_("What is packed in this ZIP file is too large. Nothing was imported."))
