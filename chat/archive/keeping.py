"""Files of an import, kept as the member's own: each once, and looked at as any other upload is."""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import UUID

from chat.archive.packed import PackedFiles
from chat.archive.schema import ArchivedConversation, ArchivedMessage
from chat.attachments.recognition import recognise
from chat.attachments.storing import store_attachment
from chat.conf import chat_settings
from chat.exceptions import InvalidInput
from chat.models import Message

# A PDF may take twenty: what is left after so long is only named.
MOST_SECONDS = 60.0


class KeptFiles:
    """The files of one import so far."""

    def __init__(self, member: Any, packed: PackedFiles) -> None:
        self._member = member
        self._packed = packed
        self._until = monotonic() + MOST_SECONDS
        self._named: set[str] = set()
        # None for one that is not taken.
        self._kept: dict[str, UUID | None] = {}

    @property
    def count(self) -> int:
        """How many were kept."""
        return sum(attachment_id is not None for attachment_id in self._kept.values())

    @property
    def left_out(self) -> int:
        """How many are in the ZIP, and were not kept."""
        return len(self._named) - self.count

    def of(self, conversation: ArchivedConversation) -> Mapping[str, UUID]:
        """Keep the files of a conversation; return the ids of those that were taken, by their places."""
        if not self._packed:
            return {}
        self._named.update(conversation.places())
        taken = {}
        for message in conversation.messages:
            for place, name in _wanted(message).items():
                if place not in self._kept:
                    self._kept[place] = self._keep(place, name)
                if attachment_id := self._kept[place]:
                    taken[place] = attachment_id
        return taken

    def _keep(self, place: str, name: str) -> UUID | None:
        content = self._packed.read(place, most_bytes=chat_settings().MAX_ATTACHMENT_BYTES)
        if content is None or monotonic() > self._until:
            return None
        try:
            return store_attachment(self._member, content, recognise(content, name), is_sent=True).pk
        except InvalidInput:
            return None


def files_of(message: ArchivedMessage, taken: Mapping[str, UUID]) -> tuple[list[UUID], list[str]]:
    """Return the ids of a message's files, and the names of those that are only named."""
    kept = [place for place in _wanted(message) if place in taken]
    only_named = [name for name, place in message.named_files() if place not in kept]
    return [taken[place] for place in kept], only_named


def _wanted(message: ArchivedMessage) -> Mapping[str, str]:
    """Return the names of a message's files by their places: as many as a member may send with one."""
    if message.role != Message.Role.USER:
        return {}
    named = {place: name for name, place in message.named_files() if place}
    return dict(list(named.items())[: chat_settings().MAX_ATTACHMENTS])
