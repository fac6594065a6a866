"""A conversation to read: every message of every branch, oldest first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator

from chat.models import Attachment, Conversation, Feedback, Message, Run, Usage
from chat.runs.whole_tree import path_to, read_parents, written

MESSAGES_PER_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message with its place in the tree; siblings answer the same message, and count from 1."""

    message: Message
    files: Sequence[Attachment]
    opinions: Sequence[Feedback]
    run: Run | None
    usage: Usage | None
    sibling_number: int
    sibling_count: int
    # False on a branch that the member does not see at present.
    is_shown: bool
    # Where the message is that this one answers; None if that is on the same page.
    parent_page: int | None

    # Django's own ``get_…_display`` makes a dict of all choices for each word.
    @property
    def role(self) -> str:
        """Who speaks."""
        return str(Message.Role(self.message.role).label)

    @property
    def status(self) -> str:
        """What became of the run."""
        return str(Run.Status(self.run.status).label) if self.run else ""

    @property
    def accuracy(self) -> str:
        """Who counted the tokens."""
        return str(Usage.Accuracy(self.usage.accuracy).label) if self.usage else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One page of a conversation."""

    entries: Sequence[Entry]
    page: Page[str]


def read_transcript(conversation: Conversation, page_number: str | None) -> Transcript:
    """Return a page of the conversation, the nearest one if there is none with that number.

    Four queries: the tree's ids, the messages of the page, their files, and what members thought of them.
    """
    parents = read_parents(conversation.messages.oldest_first())
    keys = list(parents)
    page = Paginator(keys, MESSAGES_PER_PAGE).get_page(page_number)
    siblings: dict[str | None, list[str]] = {parents[key]: [] for key in page.object_list}
    for key, parent in parents.items():
        if parent in siblings:
            siblings[parent].append(key)
    leaf = conversation.active_leaf_id
    shown = set(path_to(written(leaf), parents)) if leaf else set()

    def entry(key: str, message: Message) -> Entry:
        run: Run | None = getattr(message, "run", None)
        parent = parents[key]
        own = siblings[parent]
        parent_page = keys.index(parent) // MESSAGES_PER_PAGE + 1 if parent else None
        return Entry(
            message=message,
            files=list(message.attachments.all()) if message.role == Message.Role.USER else (),
            opinions=list(message.feedback.all()),
            run=run,
            usage=getattr(run, "usage", None),
            sibling_number=own.index(key) + 1,
            sibling_count=len(own),
            is_shown=key in shown,
            parent_page=None if parent_page == page.number else parent_page,
        )

    complete = Message.objects.select_related("run__usage").with_files().prefetch_related("feedback")
    messages = complete.in_bulk(page.object_list)
    return Transcript(entries=[entry(key, messages[UUID(key)]) for key in page.object_list], page=page)
