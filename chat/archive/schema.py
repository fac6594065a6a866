"""A conversation as it is exported: the words of docs/export.md, as values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import zip_longest
from typing import Any

CONVERSATION_FORMAT = "chat.conversation"
EXPORT_FORMAT = "chat.export"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFeedback:
    """The member's thumb."""

    rating: int
    reasons: Sequence[str] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMessage:
    """One utterance. Numbers count from 1 within the conversation, and a parent's is the smaller one."""

    number: int
    parent: int | None
    role: str
    content: str
    created_at: datetime
    status: str = "completed"
    model: str = ""
    finish_reason: str = ""
    feedback: ArchivedFeedback | None = None
    # Names of files; where each is in the ZIP that the conversation is in, or None where it is not.
    attachments: Sequence[str] = ()
    files: Sequence[str | None] = ()
    # The sources and steps of an answer, as chat.protocol.work writes them.
    work: Mapping[str, Any] | None = None

    def named_files(self) -> Iterator[tuple[str, str | None]]:
        """Yield the files' names, each with its place in the ZIP if it has one."""
        return zip_longest(self.attachments, self.files[: len(self.attachments)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedConversation:
    """A whole tree; ``shown`` is the number of the message that ends the path which the member sees."""

    title: str
    assistant: str
    created_at: datetime
    updated_at: datetime
    title_is_own: bool = False
    pinned: bool = False
    archived: bool = False
    shown: int | None = None
    messages: Sequence[ArchivedMessage] = field(default=())

    def places(self) -> Iterator[str]:
        """Yield where the messages' files are in the ZIP."""
        return (place for message in self.messages for _name, place in message.named_files() if place)

    def shown_path(self) -> list[ArchivedMessage]:
        """Return the messages that the member sees, oldest first."""
        by_number = {message.number: message for message in self.messages}
        path = []
        number = self.shown
        while number is not None:
            path.append(by_number[number])
            number = by_number[number].parent
        return path[::-1]


def as_json(conversation: ArchivedConversation) -> str:
    """Return a conversation as the text of its file: a line for each message."""
    heading = {"format": CONVERSATION_FORMAT, "version": VERSION, **_named(conversation)}
    del heading["messages"]
    messages = ",\n".join(map(_written, conversation.messages))
    return f'{_written(heading)[:-1]}, "messages": [\n{messages}\n]}}\n'


def _written(value: Any) -> str:
    # Without indentation: Python's quick encoder knows none.
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else _named(value)


def _named(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}
