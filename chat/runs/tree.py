"""The path of messages that a conversation shows, and the siblings along it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async

from chat.models import Conversation, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A message on the path; its siblings answer the same message, and count from 0."""

    message: Message
    sibling_index: int
    sibling_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPage:
    """A stretch of the path, oldest first; ``older`` names the message before it, if there is one."""

    steps: Sequence[Step]
    older: UUID | None


async def read_path(
    conversation: Conversation, *, length: int, until: UUID | None = None, user: Any = None
) -> PathPage | None:
    """Return the last ``length`` messages of the shown path, up to and including ``until``.

    None if ``until`` is not on the path. Two queries, and the texts of one page only. With ``user``, each
    message carries that user's ``own_rating`` and ``own_comment``.
    """
    return await sync_to_async(_read_path)(conversation, length, until, user)


def _read_path(conversation: Conversation, length: int, until: UUID | None, user: Any) -> PathPage | None:
    parents: dict[UUID, UUID | None] = {}
    children: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    rows = conversation.messages.oldest_first().values_list("id", "parent_id")
    for message_id, parent_id in rows:
        parents[message_id] = parent_id
        children[parent_id].append(message_id)
    path = path_to(conversation.active_leaf_id, parents)
    if until is not None:
        if until not in path:
            return None
        path = path[: path.index(until) + 1]
    shown, older = path[-length:], path[:-length]
    messages = _messages(shown, user)
    return PathPage(
        steps=[
            Step(
                message=messages[message_id],
                sibling_index=children[parents[message_id]].index(message_id),
                sibling_count=len(children[parents[message_id]]),
            )
            for message_id in shown
        ],
        older=older[-1] if older else None,
    )


def path_to(leaf: UUID | None, parents: dict[UUID, UUID | None]) -> list[UUID]:
    """Return the messages from the first one to the leaf."""
    path = []
    while leaf is not None:
        path.append(leaf)
        leaf = parents.get(leaf)
    return path[::-1]


def _messages(ids: Sequence[UUID], user: Any) -> dict[UUID, Message]:
    found = Message.objects.filter(pk__in=ids).select_related("run__usage")
    if user is not None:
        found = found.with_feedback_of(user)
    return {message.pk: message for message in found}
