"""Finds the conversations in a file that somebody hands in: JSON, our ZIP or ChatGPT's."""

import io
import re
import zipfile
from collections.abc import Iterator

from django.utils.translation import gettext as _

from chat.archive.chatgpt import ReadConversation, is_chatgpt, read_chatgpt
from chat.archive.chatgpt_files import PackedById
from chat.archive.checking import not_ours, refusal
from chat.archive.elements import elements_of
from chat.archive.own_format import is_own_format, read_own
from chat.archive.packed import PackedFiles, opened, refusing_broken_zips, too_large
from chat.conf import chat_settings

MOST_CONVERSATIONS = 10_000
MOST_FILES = 30_000
# Unpacked, all conversations together: text shrinks to a fifth, and a bomb to a thousandth.
UNPACKED_PER_BYTE = 20
# It is held in memory, each file whole: never more than a few of the largest files that may be sent.
UNPACKED_PER_LARGEST = 4
MOST_UNPACKED_BYTES = 128 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_DIRECTORY_ENTRY = b"PK\x01\x02"
# Only what these name is read for conversations: nothing is ever unpacked to where a ZIP says.
_OURS = re.compile(r"conversations/[^/]+\.json")
_CHATGPTS = re.compile(r"(?:[^/]+/)?conversations(?:-\d+)?\.json")


class HandedIn:
    """What somebody hands in: its conversations, and the files that they name."""

    def __init__(self, raw: bytes) -> None:
        """Raises InvalidInput for a ZIP that cannot be opened."""
        self._raw = raw
        self._archive = _archive_of(raw) if raw.startswith((_ZIP, _EMPTY_ZIP)) else None
        self.files = PackedFiles(self._archive)
        self._by_id = PackedById(self.files)

    def conversations(self) -> Iterator[ReadConversation]:
        """Yield what can be imported. Raises InvalidInput with a sentence, perhaps only at the end."""
        found = 0
        for document in self._documents():
            for value in elements_of(document):
                found += 1
                if found > MOST_CONVERSATIONS:
                    raise refusal(
                        _("The file holds more than %(most)s conversations. Nothing was imported.")
                        % {"most": MOST_CONVERSATIONS}
                    )
                yield self._read(value)
        if not found:
            raise refusal(_("There are no conversations in this file."))

    def _read(self, value: object) -> ReadConversation:
        if isinstance(value, dict) and is_own_format(value):
            return ReadConversation(conversation=read_own(value))
        if isinstance(value, dict) and is_chatgpt(value):
            return read_chatgpt(value, self._by_id)
        raise not_ours()

    def _documents(self) -> Iterator[bytes]:
        """Yield the files that may hold conversations. Raises InvalidInput."""
        if self._archive is None:
            yield self._raw
            return
        left = min(
            MOST_UNPACKED_BYTES,
            chat_settings().MAX_IMPORT_BYTES * UNPACKED_PER_LARGEST,
            len(self._raw) * UNPACKED_PER_BYTE + 1_000_000,
        )
        for entry in self._archive.infolist():
            if not (_OURS.fullmatch(entry.filename) or _CHATGPTS.fullmatch(entry.filename)):
                continue
            # What an entry says of its size is not believed: no more than that is ever unpacked.
            with opened(self._archive, entry) as file:
                document = file.read(left + 1)
            left -= len(document)
            if left < 0:
                raise too_large()
            yield document


def _archive_of(raw: bytes) -> zipfile.ZipFile:
    # Counted before the directory is read, which would make an object of each.
    if raw.count(_DIRECTORY_ENTRY) > MOST_FILES:
        raise too_large()
    with refusing_broken_zips():
        return zipfile.ZipFile(io.BytesIO(raw))
