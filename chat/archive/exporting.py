"""All conversations of a member as one ZIP that is written while it is sent."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async

from chat.archive.reading import archived
from chat.archive.zipping import ExportArchive
from chat.database import release_request_connections
from chat.models import Conversation
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
    for number, conversation_id in enumerate(ids, start=1):
        # Asked again: what was deleted meanwhile is not exported.
        found = current_policy().conversations(member).filter(pk=conversation_id).first()
        if found is not None:
            for attachment in _files_of(found, member):
                yield from archive.add_file(attachment)
            archive.add(conversation_id, archived(found, user=member, places=archive.places))
        if number % CONVERSATIONS_AT_ONCE == 0:
            yield archive.take()
    archive.close()
    yield archive.take()


def _files_of(conversation: Conversation, member: Any) -> Sequence[Any]:
    # Before the first of them is sent: no cursor stays open meanwhile.
    visible = current_policy().attachments(member).without_text()
    return list(visible.filter(messages__conversation=conversation).distinct())
