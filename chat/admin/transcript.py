"""A conversation to read: every message of every branch, oldest first, a page at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator

from chat.models import Conversation, Message, Run, Usage
from chat.runs.tree import path_to

MESSAGES_PER_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message with its place in the tree; siblings answer the same message, and count from 1."""

    message: Message
    run: Run | None
    usage: Usage | None
    sibling_number: int
    sibling_count: int
    # False on a branch that the member does not see at present.
    is_shown: bool
    # Where the message is that this one answers; None if that is on the same page.
    parent_page: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One page of a conversation."""

    entries: Sequence[Entry]
    page: Page[UUID]


def read_transcript(conversation: Conversation, page_number: str | None) -> Transcript:
    """Return a page of the conversation, the nearest one if there is none with that number.

    Two queries: the tree's ids, and the messages of the page.
    """
    parents = dict(conversation.messages.oldest_first().values_list("pk", "parent"))
    siblings: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    for message_id, parent_id in parents.items():
        siblings[parent_id].append(message_id)
    position = {message_id: number for number, message_id in enumerate(parents)}
    shown = set(path_to(conversation.active_leaf_id, parents))
    page = Paginator(list(parents), MESSAGES_PER_PAGE).get_page(page_number)

    def entry(message: Message) -> Entry:
        run: Run | None = getattr(message, "run", None)
        own = siblings[message.parent_id]
        parent_page = position[message.parent_id] // MESSAGES_PER_PAGE + 1 if message.parent_id else None
        return Entry(
            message=message,
            run=run,
            usage=getattr(run, "usage", None),
            sibling_number=own.index(message.pk) + 1,
            sibling_count=len(own),
            is_shown=message.pk in shown,
            parent_page=None if parent_page == page.number else parent_page,
        )

    messages = Message.objects.filter(pk__in=page.object_list).select_related("run__usage").oldest_first()
    return Transcript(entries=[entry(message) for message in messages], page=page)
