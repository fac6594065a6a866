"""The path of messages that a conversation shows, and the siblings along it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Q

from chat.models import Conversation, Message

K = TypeVar("K")


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
    """Return the last ``length`` messages of the shown path, or of the path that leads to ``until``.

    None if ``until`` is no message of the conversation. Three queries, whose cost does not depend on the
    conversation's length. With ``user``, each message carries that user's ``own_rating`` and ``own_comment``.
    """
    return await sync_to_async(_read_path)(conversation, length, until, user)


def _read_path(conversation: Conversation, length: int, until: UUID | None, user: Any) -> PathPage | None:
    leaf = until or conversation.active_leaf_id
    if leaf is None:
        return PathPage(steps=(), older=None)
    path = _path_back(conversation, leaf, length + 1)
    if until is not None and not path:
        return None
    shown = path[-length:]
    messages = _messages([step.pk for step in shown], user)
    siblings = _siblings(conversation, [step.parent_id for step in shown])
    return PathPage(
        steps=[
            Step(
                message=messages[step.pk],
                sibling_index=siblings[step.parent_id].index(step.pk),
                sibling_count=len(siblings[step.parent_id]),
            )
            for step in shown
        ],
        older=path[0].pk if len(path) > length else None,
    )


def _path_back(conversation: Conversation, leaf: UUID, length: int) -> list[Message]:
    """Return the last messages of the path to the leaf, oldest first, each with its parent's id alone.

    Step by step in the database: reading the whole tree of 5,000 messages took 12 ms, 31 steps take 0.7 ms.
    """
    table = connection.ops.quote_name(Message._meta.db_table)
    prepared = [Message._meta.pk.get_db_prep_value(key, connection) for key in (leaf, conversation.pk)]
    statement = f"""
        WITH RECURSIVE path (id, parent_id, depth) AS (
            SELECT id, parent_id, 1 FROM {table} WHERE id = %s AND conversation_id = %s
            UNION ALL
            SELECT parent.id, parent.parent_id, path.depth + 1
            FROM path JOIN {table} parent ON parent.id = path.parent_id
            WHERE path.depth < %s
        )
        SELECT id, parent_id FROM path ORDER BY depth DESC
    """  # noqa: S608
    return list(Message.objects.raw(statement, [*prepared, length]))


def _siblings(conversation: Conversation, parents: Sequence[UUID | None]) -> dict[UUID | None, list[UUID]]:
    """Return the children of each of the messages, oldest first; those of None begin the conversation."""
    is_child = Q(parent__in=[parent for parent in parents if parent is not None])
    if None in parents:
        is_child |= Q(parent__isnull=True)
    rows = conversation.messages.filter(is_child).oldest_first().values_list("id", "parent_id")
    children: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    for message_id, parent_id in rows:
        children[parent_id].append(message_id)
    return children


def path_to(leaf: K | None, parents: Mapping[K, K | None]) -> list[K]:
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
