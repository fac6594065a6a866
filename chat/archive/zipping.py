"""A ZIP in the making: conversations and their files, in parts that can be sent before it is whole."""

import json
import logging
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.archive.markdown_text import as_markdown
from chat.archive.naming import name_in_archive, place_in_archive
from chat.archive.schema import EXPORT_FORMAT, VERSION, ArchivedConversation, as_json
from chat.attachments.storing import attachment_storage
from chat.models import Attachment

# Of a file, so much is in memory.
FILE_PART_BYTES = 256 * 1024
EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)


logger = logging.getLogger("chat.archive")


class ExportArchive:
    """The ZIP. Of what was sent, its lines in the indexes remain in memory."""

    def __init__(self) -> None:
        # Where files are, by the ids of attachments: one that several messages have is in it once.
        self.places: dict[UUID, str] = {}
        self._written = _Written()
        self._zip = zipfile.ZipFile(self._written, "w", zipfile.ZIP_DEFLATED)
        self._index: list[dict[str, Any]] = []

    def add(self, conversation_id: UUID, conversation: ArchivedConversation) -> None:
        """Write a conversation, as JSON and as Markdown."""
        name = name_in_archive(conversation.title, conversation.created_at, conversation_id)
        self._write(f"conversations/{name}.json", as_json(conversation), conversation.updated_at)
        self._write(f"conversations/{name}.md", as_markdown(conversation), conversation.updated_at)
        self._index.append(
            {
                "file": f"conversations/{name}.json",
                "title": conversation.title,
                "created_at": conversation.created_at.isoformat(),
                "updated_at": conversation.updated_at.isoformat(),
                "messages": len(conversation.messages),
            }
        )

    def add_file(self, attachment: Attachment) -> Iterator[bytes]:
        """Write a file, and yield what was written. One that the storage lacks gets no place."""
        if attachment.pk in self.places:
            return
        place = place_in_archive(attachment.name, attachment.created_at, attachment.pk)
        entry = _entry(place, attachment.created_at)
        entry.file_size = attachment.size_bytes
        try:
            with (
                attachment_storage().open(attachment.stored_name) as file,
                self._zip.open(entry, "w") as packed,
            ):
                for part in file.chunks(FILE_PART_BYTES):
                    packed.write(part)
                    yield self.take()
        except OSError:
            logger.warning("the storage lacks attachment %s", attachment.pk)
        else:
            self.places[attachment.pk] = place

    def close(self) -> None:
        """Write the index and the ZIP's own."""
        index = {
            "format": EXPORT_FORMAT,
            "version": VERSION,
            "exported_at": timezone.now().isoformat(),
            "conversations": self._index,
        }
        text = json.dumps(index, ensure_ascii=False, indent=1)
        self._write("index.json", text, timezone.now())
        self._zip.close()

    def take(self) -> bytes:
        """Return what was written since the last time."""
        return self._written.take()

    def _write(self, name: str, text: str, moment: datetime) -> None:
        self._zip.writestr(_entry(name, moment), text.encode(errors="replace"))


class _Written:
    """A file that can only be written to; zipfile sees that it cannot go back, and needs not to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    when = max(moment.timetuple()[:6], EARLIEST_IN_ZIP)
    entry = zipfile.ZipInfo(name, date_time=when)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
