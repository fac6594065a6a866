"""Keeping the entries as the texts are, in the transaction that stores them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import TextField, UUIDField

from chat.models import Conversation, Message, SearchEntry
from chat.search.backends import current_index
from chat.search.scopes import scoped
from chat.search.words import terms_in
from chat.statements import NEW, Change, Insertion, Slot, Step, write

_TITLE = Change(
    lambda: SearchEntry.objects.filter(conversation=Slot("conversation", UUIDField()), message=None),
    terms=Slot("terms", TextField()),
)
_NEW_TITLE = Insertion(may_be_there=True)


def index_messages(conversation: Conversation, messages: Iterable[Message]) -> None:
    """Let these messages of a conversation be found, or found anew, in one statement.

    Not those of temporary conversations, and not those without a word.
    """
    if conversation.temporary or not current_index().has_entries:
        return
    entries = [
        SearchEntry(conversation=conversation, message=message, said_at=message.created_at, terms=terms)
        for message in messages
        if (terms := joined_terms(conversation.owner_id, message.content))
    ]
    SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["message"], update_fields=["terms", "said_at"]
    )


def entry_of_new(conversation: Conversation, message: Message) -> Iterator[Step]:
    """Yield what does the same for a message that is stored at the same time, and has no entry."""
    if conversation.temporary or not current_index().has_entries:
        return
    if terms := joined_terms(conversation.owner_id, message.content):
        yield NEW.step(
            SearchEntry(conversation=conversation, message=message, said_at=message.created_at, terms=terms)
        )


def entry_of_title(conversation: Conversation) -> Iterator[Step]:
    """Yield what lets a conversation be found by the title that it has now."""
    if conversation.temporary or not current_index().has_entries:
        return
    terms = joined_terms(conversation.owner_id, conversation.title)
    yield _TITLE.step(conversation=conversation.pk, terms=terms)
    yield _NEW_TITLE.step(
        SearchEntry(conversation=conversation, said_at=conversation.created_at, terms=terms)
    )


def index_title(conversation: Conversation) -> None:
    """Let a conversation be found by the title that it has now."""
    if steps := list(entry_of_title(conversation)):
        write(*steps)


def joined_terms(owner_id: Any, text: str) -> str:
    """Return the terms of a member's text as an entry holds them."""
    return " ".join(scoped(owner_id, terms_in(text)))
