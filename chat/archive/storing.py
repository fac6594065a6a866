"""Stores an archived conversation as a member's own, under new ids."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from chat.archive.keeping import files_of
from chat.archive.schema import ArchivedConversation, ArchivedMessage
from chat.assistants import load_assistants
from chat.conf import chat_settings
from chat.models import Attachment, Conversation, Feedback, ImportedMessage, Message
from chat.permissions import current_policy
from chat.search.indexing import index_messages, index_title

NO_FILES: Mapping[str, UUID] = MappingProxyType({})
ROWS_AT_ONCE = 500
SMALLEST_STEP = timedelta(microseconds=1)

Pairs = Sequence[tuple[Message, ArchivedMessage]]


@transaction.atomic
def store_conversation(
    member: Any,
    conversation_id: UUID,
    archived: ArchivedConversation,
    *,
    files: Mapping[str, UUID] = NO_FILES,
) -> Conversation:
    """Store a conversation with all its messages under this id; each message gets a new one.

    ``files`` are the ids of the member's attachments that its messages name, by their places.
    """
    stored = Conversation(
        id=conversation_id,
        owner=member,
        title=archived.title,
        title_is_own=archived.title_is_own,
        assistant=_usable_assistant(member, archived.assistant),
        pinned=archived.pinned,
        archived=archived.archived,
        created_at=archived.created_at,
        updated_at=archived.updated_at,
    )
    messages = _rows(stored, archived.messages)
    stored.save(force_insert=True)
    Message.objects.bulk_create(messages, batch_size=ROWS_AT_ONCE)
    pairs = list(zip(messages, archived.messages, strict=True))
    _store_thumbs(member, pairs)
    _store_facts(pairs, files)
    if archived.shown:
        Conversation.objects.filter(pk=stored.pk).change(active_leaf=messages[archived.shown - 1])
    index_title(stored)
    index_messages(stored, messages)
    return stored


def _store_thumbs(member: Any, pairs: Pairs) -> None:
    thumbs = [
        Feedback(
            message=message,
            user=member,
            rating=given.feedback.rating,
            reasons=list(given.feedback.reasons),
            comment=given.feedback.comment,
        )
        for message, given in pairs
        if given.feedback
    ]
    Feedback.objects.bulk_create(thumbs, batch_size=ROWS_AT_ONCE)


def _store_facts(pairs: Pairs, files: Mapping[str, UUID]) -> None:
    """Store what is known of the messages besides their texts, and their files."""
    uses: list[Any] = []
    facts = []
    use = Attachment.messages.through
    for message, given in pairs:
        kept, only_named = files_of(given, files)
        uses += [use(message_id=message.pk, attachment_id=attachment_id) for attachment_id in kept]
        if (given.status, given.finish_reason) != ("completed", "") or only_named:
            facts.append(
                ImportedMessage(
                    message=message,
                    status=given.status,
                    finish_reason=given.finish_reason,
                    attachments=only_named,
                )
            )
    use._default_manager.bulk_create(uses, batch_size=ROWS_AT_ONCE)
    ImportedMessage.objects.bulk_create(facts, batch_size=ROWS_AT_ONCE)


def _rows(stored: Conversation, messages: Sequence[ArchivedMessage]) -> list[Message]:
    """Return the messages' rows: ids in their order, and each later than the one that it answers."""
    ids = sorted(uuid4() for _ in messages)
    rows: list[Message] = []
    for message_id, given in zip(ids, messages, strict=True):
        parent = rows[given.parent - 1] if given.parent else None
        created_at = given.created_at
        if parent is not None:
            created_at = max(created_at, parent.created_at + SMALLEST_STEP)
        rows.append(
            Message(
                id=message_id,
                conversation=stored,
                parent=parent,
                role=given.role,
                content=given.content,
                model=given.model,
                work=given.work,
                created_at=created_at,
            )
        )
    return rows


def _usable_assistant(member: Any, key: str) -> str:
    is_usable = key in load_assistants() and current_policy().may_use_assistant(member, key)
    return key if is_usable else chat_settings().DEFAULT_ASSISTANT
