"""Stores what was imported: nothing of a bad file, under new ids, and never twice."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import IntegrityError, transaction

from chat.archive.chatgpt import ReadConversation
from chat.archive.opening import conversations_in
from chat.archive.schema import ArchivedConversation, ArchivedMessage
from chat.assistants import load_assistants
from chat.conf import chat_settings
from chat.models import Conversation, Feedback, ImportedMessage, Message
from chat.permissions import current_policy
from chat.search.indexing import index_messages, index_title

# The namespace of ids that are made of a member, a file and a place in it.
IMPORTS = UUID("0f1d9d0a-3c55-4c1a-9a4b-5f2d2f3f7c11")
ROWS_AT_ONCE = 500
SMALLEST_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file; ``known`` conversations had been imported before."""

    conversations: int = 0
    messages: int = 0
    known: int = 0
    # Parts that members never saw, or of a kind that is not known.
    skipped: int = 0


def import_file(member: Any, raw: bytes) -> Imported:
    """Store the conversations in a file as the member's own, or raise InvalidInput and store nothing."""
    # Read once before anything is written: nothing is stored of a file that is wrong at its end.
    for _conversation in conversations_in(raw):
        pass
    # One by one: writers of SQLite wait for each other, and a large file takes half a minute. Whoever is
    # interrupted imports the file again, and has the rest of it.
    done = Imported()
    for conversation_id, read in _with_ids(member, raw):
        if conversation_id is None or not _store_new(member, conversation_id, read.conversation):
            done = replace(done, known=done.known + 1)
            continue
        done = replace(
            done,
            conversations=done.conversations + 1,
            messages=done.messages + len(read.conversation.messages),
            skipped=done.skipped + read.skipped,
        )
    return done


@transaction.atomic
def store_conversation(member: Any, conversation_id: UUID, archived: ArchivedConversation) -> Conversation:
    """Store a conversation with all its messages under this id; each message gets a new one."""
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
    _store_facts(member, list(zip(messages, archived.messages, strict=True)))
    if archived.shown:
        Conversation.objects.filter(pk=stored.pk).change(active_leaf=messages[archived.shown - 1])
    index_title(stored)
    index_messages(stored, messages)
    return stored


def _store_facts(member: Any, pairs: Sequence[tuple[Message, ArchivedMessage]]) -> None:
    """Store what is known of the messages besides their texts."""
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
    facts = [
        ImportedMessage(
            message=message,
            status=given.status,
            finish_reason=given.finish_reason,
            attachments=list(given.attachments),
        )
        for message, given in pairs
        if (given.status, given.finish_reason) != ("completed", "") or given.attachments
    ]
    Feedback.objects.bulk_create(thumbs, batch_size=ROWS_AT_ONCE)
    ImportedMessage.objects.bulk_create(facts, batch_size=ROWS_AT_ONCE)


def _store_new(member: Any, conversation_id: UUID, archived: ArchivedConversation) -> bool:
    try:
        store_conversation(member, conversation_id, archived)
    except IntegrityError:
        # The same file at the same moment: the other request has stored it.
        if not Conversation.objects.filter(pk=conversation_id).exists():
            raise
        return False
    return True


def _with_ids(member: Any, raw: bytes) -> Iterator[tuple[UUID | None, ReadConversation]]:
    """Yield the conversations of a file with an id each: always the same one, and none where it is there."""
    fingerprint = hashlib.sha256(raw).hexdigest()
    for place, read in enumerate(conversations_in(raw)):
        yield _free_id(f"{member.pk} {fingerprint} {place}"), read


def _free_id(origin: str) -> UUID | None:
    """Return the id for what comes from there: none if it is there, the next if it waits for its purge."""
    attempt = 0
    while True:
        conversation_id = uuid5(IMPORTS, f"{origin} {attempt}")
        earlier = Conversation.objects.filter(pk=conversation_id).only("deleted_at").first()
        if earlier is None:
            return conversation_id
        if earlier.deleted_at is None:
            return None
        attempt += 1


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
