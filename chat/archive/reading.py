"""A conversation from the database, as it is exported."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from chat.archive.schema import ArchivedConversation, ArchivedFeedback, ArchivedMessage
from chat.models import Attachment, Conversation, ImportedMessage, Message, Run

READ_AT_ONCE = 500
NO_PLACES: Mapping[UUID, str] = MappingProxyType({})


def archived(
    conversation: Conversation, *, user: Any, places: Mapping[UUID, str] = NO_PLACES
) -> ArchivedConversation:
    """Return the whole conversation, with the feedback of that user. Reads the database.

    ``places`` are those of the files, by the ids of attachments, in the ZIP that it becomes a part of.
    """
    messages = list(_messages(conversation, user))
    numbers = {message.pk: number for number, message in enumerate(messages, start=1)}
    return ArchivedConversation(
        title=conversation.title,
        title_is_own=conversation.title_is_own,
        assistant=conversation.assistant,
        pinned=conversation.pinned,
        archived=conversation.archived,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        shown=numbers.get(conversation.active_leaf_id) if conversation.active_leaf_id else None,
        messages=[
            _message(message, number, numbers[message.parent_id] if message.parent_id else None, places)
            for number, message in enumerate(messages, start=1)
        ],
    )


def _messages(conversation: Conversation, user: Any) -> Iterator[Message]:
    """Yield the messages, parents before their children: a parent is always the older one."""
    names = Prefetch("attachments", queryset=Attachment.objects.only("name"))
    found = conversation.messages.oldest_first().with_feedback_of(user)
    found = found.select_related("run", "imported").prefetch_related(names)
    return found.iterator(chunk_size=READ_AT_ONCE)


def _message(message: Any, number: int, parent: int | None, places: Mapping[UUID, str]) -> ArchivedMessage:
    run: Run | None = getattr(message, "run", None)
    imported: ImportedMessage | None = getattr(message, "imported", None)
    made = run or imported
    files = [(file.name, places.get(file.pk)) for file in message.attachments.all()]
    # Those that were only named where it was imported from come last.
    files += [(name, None) for name in (imported.attachments if imported else ())]
    return ArchivedMessage(
        number=number,
        parent=parent,
        role=message.role,
        content=message.content,
        created_at=message.created_at,
        status=(made.status if made else "") or Run.Status.COMPLETED.value,
        model=message.written_by,
        finish_reason=made.finish_reason if made else "",
        feedback=_feedback(message),
        attachments=[name for name, _place in files],
        files=[place for _name, place in files] if places else [],
        work=message.work,
    )


def _feedback(message: Any) -> ArchivedFeedback | None:
    if not message.own_rating:
        return None
    return ArchivedFeedback(
        rating=message.own_rating, reasons=message.own_reasons or [], comment=message.own_comment
    )
