"""What a link shows: the path of a conversation as it was when it was shared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput, RunActive
from chat.models import Conversation, Message
from chat.runs.tree import read_path

MOST_MESSAGES = 1_000
MOST_CHARACTERS = 2_000_000
# A page is drawn for anybody who has the link: it ends where Markdown begins to take long.
PAGE_MESSAGES = 40
PAGE_CHARACTERS = 200_000
SHOWN_ROLES = (Message.Role.USER.value, Message.Role.ASSISTANT.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMessage:
    """One utterance: no ids, and nothing about its author."""

    role: str
    content: str
    created_at: str
    model: str = ""
    # The sources and steps of an answer, as chat.protocol.work writes them.
    work: Mapping[str, Any] | None = None

    @property
    def characters(self) -> int:
        """How much there is to store and to draw."""
        return len(self.content) + (len(json.dumps(self.work)) if self.work else 0)


async def take_snapshot(conversation: Conversation) -> list[SharedMessage]:
    """Return the shown path. Raises InvalidInput if there is nothing to share, RunActive while it grows."""
    if conversation.temporary:
        raise _refusal(_("A temporary conversation cannot be shared: it is not kept."))
    active = await conversation.runs.active().afirst()
    if active is not None:
        raise RunActive(active.pk)
    path = await read_path(conversation, length=MOST_MESSAGES)
    if path is None or not path.steps:
        raise _refusal(_("There is nothing to share yet."))
    shared = [
        SharedMessage(
            role=step.message.role,
            content=step.message.content,
            created_at=step.message.created_at.isoformat(),
            model=step.message.written_by,
            work=step.message.work,
        )
        for step in path.steps
        if step.message.role in SHOWN_ROLES
    ]
    if path.older or sum(message.characters for message in shared) > MOST_CHARACTERS:
        raise _refusal(_("This conversation is too long to be shared by a link. Export it instead."))
    return shared


def as_rows(messages: Iterable[SharedMessage]) -> list[dict[str, Any]]:
    """Return messages as they are stored."""
    return [asdict(message) for message in messages]


def from_rows(rows: Iterable[dict[str, Any]]) -> list[SharedMessage]:
    """Return stored messages."""
    return [SharedMessage(**row) for row in rows]


def pages_of(messages: Sequence[SharedMessage]) -> list[Sequence[SharedMessage]]:
    """Cut a snapshot into pages that are quickly drawn."""
    pages: list[list[SharedMessage]] = [[]]
    characters = 0
    for message in messages:
        characters += message.characters
        is_full = len(pages[-1]) >= PAGE_MESSAGES or characters > PAGE_CHARACTERS
        if pages[-1] and is_full:
            pages.append([])
            characters = message.characters
        pages[-1].append(message)
    return list(pages)


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={"conversation": [sentence]})
