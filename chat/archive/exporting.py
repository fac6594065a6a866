"""All conversations of a member as one ZIP that is written while it is sent."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import F

from chat.archive.reading import archived
from chat.archive.zipping import ExportArchive
from chat.database import release_request_connections
from chat.permissions import current_policy

# Each costs a few queries: a reader waits for no more than these at a time.
CONVERSATIONS_AT_ONCE = 10


async def export_all(member: Any) -> AsyncGenerator[bytes, None]:
    """Yield the ZIP of the member's own conversations. No database connection is held between two parts."""
    own = current_policy().conversations(member).filter(owner=member, temporary=False)
    # Which, is decided at the beginning: what is used meanwhile moves in the list, and would be missed.
    ids = [pk async for pk in own.order_by("-updated_at", "-id").values_list("pk", flat=True)]
    # Each step of it runs in a thread. Nobody closes it: a reader who leaves may do so during a step, and
    # the open file is closed with the last reference.
    parts = _parts(ids, member)
    while (part := await sync_to_async(_next)(parts)) is not None:
        await release_request_connections()
        yield part


def _next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


def _parts(ids: Sequence[UUID], member: Any) -> Iterator[bytes]:
    archive = ExportArchive()
    for start in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        batch = ids[start : start + CONVERSATIONS_AT_ONCE]
        # Asked again: what was deleted meanwhile is not exported.
        found = current_policy().conversations(member).in_bulk(batch)
        files = _files_in(found, member)
        for conversation_id in filter(found.__contains__, batch):
            for attachment in files[conversation_id]:
                yield from archive.add_file(attachment)
            conversation = archived(found[conversation_id], user=member, places=archive.places)
            archive.add(conversation_id, conversation)
        yield archive.take()
    archive.close()
    yield archive.take()


def _files_in(conversations: Collection[UUID], member: Any) -> Mapping[UUID, Sequence[Any]]:
    """Return the files that the member may see, by conversation: one query for them all."""
    files: defaultdict[UUID, list[Any]] = defaultdict(list)
    visible = (
        current_policy().attachments(member).without_text().annotate(used_in=F("messages__conversation"))
    )
    found: Iterable[Any] = visible.filter(used_in__in=conversations).distinct()
    for attachment in found:
        files[attachment.used_in].append(attachment)
    return files
