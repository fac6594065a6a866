"""Entries for what was stored before there were any, or by something that made none."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from chat.models import Conversation, Message, SearchEntry
from chat.search.backends import current_index
from chat.search.indexing import joined_terms

ROWS_AT_A_TIME = 1_000


def index_missing() -> Iterator[int]:
    """Make the entries that are missing; yield from time to time how many rows were looked at."""
    if not current_index().has_entries:
        return
    seen = 0
    for rows in _in_batches(_messages()):
        _store((message.conversation, message, message.created_at, message.content) for message in rows)
        seen += len(rows)
        yield seen
    for rows in _in_batches(_conversations()):
        _store((conversation, None, conversation.created_at, conversation.title) for conversation in rows)
        seen += len(rows)
        yield seen


def _messages() -> QuerySet[Message]:
    indexed = SearchEntry.objects.filter(message=OuterRef("pk"))
    missing = Message.objects.filter(~Exists(indexed), conversation__temporary=False)
    return missing.select_related("conversation")


def _conversations() -> QuerySet[Conversation]:
    indexed = SearchEntry.objects.filter(conversation=OuterRef("pk"), message=None)
    return Conversation.objects.filter(~Exists(indexed), temporary=False).exclude(title="")


def _in_batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    # By id: what has no words never gets an entry, and is passed once.
    last = UUID(int=0)
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_A_TIME]):
        yield batch
        last = batch[-1].pk


def _store(texts: Iterator[tuple[Conversation, Message | None, Any, str]]) -> None:
    SearchEntry.objects.bulk_create(
        (
            SearchEntry(conversation=conversation, message=message, said_at=said_at, terms=terms)
            for conversation, message, said_at, text in texts
            if (terms := joined_terms(conversation.owner_id, text))
        ),
        # What is stored at the same moment has its entry already.
        ignore_conflicts=True,
    )
