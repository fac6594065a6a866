"""Finds the conversations in a file that somebody hands in: JSON, our ZIP or ChatGPT's."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from chat.archive.chatgpt import ReadConversation, is_chatgpt, read_chatgpt
from chat.archive.checking import not_ours, refusal
from chat.archive.elements import elements_of
from chat.archive.own_format import is_own_format, read_own
from chat.conf import chat_settings

MOST_CONVERSATIONS = 10_000
MOST_FILES = 30_000
# Unpacked, all files together: text shrinks to a fifth, and a bomb to a thousandth.
UNPACKED_PER_BYTE = 20
# It is held in memory, each file whole: never more than a few of the largest files that may be sent.
UNPACKED_PER_LARGEST = 4
MOST_UNPACKED_BYTES = 128 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_DIRECTORY_ENTRY = b"PK\x01\x02"
# Only what these name is read, into memory: nothing is ever unpacked to where a ZIP says.
_OURS = re.compile(r"conversations/[^/]+\.json")
_CHATGPTS = re.compile(r"(?:[^/]+/)?conversations(?:-\d+)?\.json")
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    NotImplementedError,
)


def conversations_in(raw: bytes) -> Iterator[ReadConversation]:
    """Yield what can be imported. Raises InvalidInput with a sentence, perhaps only at the end."""
    documents = _unpacked(raw) if raw.startswith((_ZIP, _EMPTY_ZIP)) else iter([raw])
    found = 0
    for document in documents:
        for value in elements_of(document):
            found += 1
            if found > MOST_CONVERSATIONS:
                raise refusal(
                    _("The file holds more than %(most)s conversations. Nothing was imported.")
                    % {"most": MOST_CONVERSATIONS}
                )
            yield _read(value)
    if not found:
        raise refusal(_("There are no conversations in this file."))


def _read(value: object) -> ReadConversation:
    if isinstance(value, dict) and is_own_format(value):
        return ReadConversation(conversation=read_own(value))
    if isinstance(value, dict) and is_chatgpt(value):
        return read_chatgpt(value)
    raise not_ours()


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """Yield the files of a ZIP that may hold conversations. Raises InvalidInput."""
    # Counted before the directory is read, which would make an object of each.
    if raw.count(_DIRECTORY_ENTRY) > MOST_FILES:
        raise _too_large()
    left = min(
        MOST_UNPACKED_BYTES,
        chat_settings().MAX_IMPORT_BYTES * UNPACKED_PER_LARGEST,
        len(raw) * UNPACKED_PER_BYTE + 1_000_000,
    )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for entry in archive.infolist():
                if not (_OURS.fullmatch(entry.filename) or _CHATGPTS.fullmatch(entry.filename)):
                    continue
                # What an entry says of its size is not believed: no more than that is ever unpacked.
                with archive.open(entry) as file:
                    document = file.read(left + 1)
                left -= len(document)
                if left < 0:
                    raise _too_large()
                yield document
    except _BROKEN_ZIP as error:
        raise refusal(_("The ZIP file is broken or encrypted. Nothing was imported.")) from error


def _too_large() -> Exception:
    return refusal(_("What is packed in this ZIP file is too large. Nothing was imported."))
