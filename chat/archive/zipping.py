"""All conversations of a member as one ZIP that is written while it is sent."""

import json
import zipfile
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.archive.markdown_text import as_markdown
from chat.archive.naming import name_in_archive
from chat.archive.reading import archived
from chat.archive.schema import EXPORT_FORMAT, VERSION, ArchivedConversation, as_json
from chat.database import release_request_connections
from chat.permissions import current_policy

# Each costs a few queries: a reader waits for no more than these at a time.
CONVERSATIONS_AT_ONCE = 10
EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)


class ExportArchive:
    """A ZIP in the making. Of a conversation that was sent, its lines in the indexes remain in memory."""

    def __init__(self) -> None:
        self._written = _Written()
        self._zip = zipfile.ZipFile(self._written, "w", zipfile.ZIP_DEFLATED)
        self._index: list[dict[str, Any]] = []

    def add(self, conversation_id: UUID, conversation: ArchivedConversation) -> None:
        """Write a conversation, as JSON and as Markdown."""
        name = name_in_archive(conversation.title, conversation.created_at, conversation_id)
        moment = max(conversation.updated_at.timetuple()[:6], EARLIEST_IN_ZIP)
        self._write(f"conversations/{name}.json", as_json(conversation), moment)
        self._write(f"conversations/{name}.md", as_markdown(conversation), moment)
        self._index.append(
            {
                "file": f"conversations/{name}.json",
                "title": conversation.title,
                "created_at": conversation.created_at.isoformat(),
                "updated_at": conversation.updated_at.isoformat(),
                "messages": len(conversation.messages),
            }
        )

    def close(self) -> None:
        """Write the index and the ZIP's own."""
        index = {
            "format": EXPORT_FORMAT,
            "version": VERSION,
            "exported_at": timezone.now().isoformat(),
            "conversations": self._index,
        }
        text = json.dumps(index, ensure_ascii=False, indent=1)
        self._write("index.json", text, timezone.now().timetuple()[:6])
        self._zip.close()

    def take(self) -> bytes:
        """Return what was written since the last time."""
        return self._written.take()

    def _write(self, name: str, text: str, moment: tuple[int, ...]) -> None:
        entry = zipfile.ZipInfo(name, date_time=moment)  # type: ignore[arg-type]
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, text.encode(errors="replace"))


async def export_all(member: Any) -> AsyncGenerator[bytes, None]:
    """Yield the ZIP of the member's own conversations. No database connection is held between two parts."""
    archive = ExportArchive()
    own = current_policy().conversations(member).filter(owner=member, temporary=False)
    # Which, is decided at the beginning: what is used meanwhile moves in the list, and would be missed.
    ids = [pk async for pk in own.order_by("-updated_at", "-id").values_list("pk", flat=True)]
    for start in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        part = await sync_to_async(_add)(archive, ids[start : start + CONVERSATIONS_AT_ONCE], member)
        await release_request_connections()
        yield part
    archive.close()
    yield archive.take()


def _add(archive: ExportArchive, ids: Sequence[UUID], member: Any) -> bytes:
    # Asked again: what was deleted meanwhile is not exported.
    found = current_policy().conversations(member).in_bulk(ids)
    for conversation_id in ids:
        if conversation_id in found:
            archive.add(conversation_id, archived(found[conversation_id], user=member))
    return archive.take()


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
