"""The path of messages that a conversation shows, and the siblings along it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Q

from chat.exceptions import ConversationNotFound
from chat.models import Conversation, Message
from chat.runs.whole_tree import path_through, read_parents, written

# Of the stretch around a message so many come before it; what is not more than so many after it comes whole.
LEAD = 6
MOST_AFTER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A message on the path; its siblings answer the same message, and count from 0."""

    message: Message
    sibling_index: int
    sibling_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPage:
    """A stretch of a path, oldest first.

    ``older`` names the message before it, if there is one; ``newer`` is its last message, if there may be one
    after that. ``leaf`` is the path's end, where that was looked for.
    """

    steps: Sequence[Step]
    older: UUID | None
    newer: UUID | None = None
    leaf: UUID | None = None


async def read_path(
    conversation: Conversation, *, length: int, until: UUID | None = None, user: Any = None
) -> PathPage | None:
    """Return the last ``length`` messages of the shown path, or of the path that leads to ``until``.

    None if ``until`` is no message of the conversation. Three queries, whose cost does not depend on the
    conversation's length. With ``user``, each message carries that user's ``own_rating`` and ``own_comment``.
    """
    return await sync_to_async(_read_path)(conversation, length, until, user)


async def read_around(
    conversation: Conversation, message_id: UUID, *, length: int, user: Any = None
) -> PathPage | None:
    """Return the stretch around a message: on the shown path, else on the one that choosing it would show.

    None if it is no message of the conversation. Reads the ids of the whole tree.
    """
    return await sync_to_async(_read_around)(conversation, message_id, length, user)


async def read_after(
    conversation: Conversation, message_id: UUID, *, length: int, user: Any = None
) -> PathPage | None:
    """Return what comes after a message, on the same path as ``read_around``."""
    return await sync_to_async(_read_after)(conversation, message_id, length, user)


def _read_path(conversation: Conversation, length: int, until: UUID | None, user: Any) -> PathPage | None:
    leaf = until or conversation.active_leaf_id
    if leaf is None:
        return PathPage(steps=(), older=None)
    path = _path_back(conversation, leaf, length + 1)
    if until is not None and not path:
        return None
    return PathPage(
        steps=_steps(conversation, [(step.pk, step.parent_id) for step in path[-length:]], user),
        older=path[0].pk if len(path) > length else None,
        newer=None if leaf == conversation.active_leaf_id else leaf,
    )


def _read_around(conversation: Conversation, message_id: UUID, length: int, user: Any) -> PathPage | None:
    parents, path = _whole_path(conversation, message_id)
    if not path:
        return None
    place = path.index(written(message_id))
    end = len(path) if len(path) - place <= MOST_AFTER else place + length - LEAD
    begin = max(0, min(place - LEAD, end - length))
    return _stretch(conversation, parents, path, slice(begin, end), user)


def _read_after(conversation: Conversation, message_id: UUID, length: int, user: Any) -> PathPage | None:
    parents, path = _whole_path(conversation, message_id)
    if not path:
        return None
    begin = path.index(written(message_id)) + 1
    return _stretch(conversation, parents, path, slice(begin, begin + length), user)


def _whole_path(conversation: Conversation, message_id: UUID) -> tuple[Mapping[str, str | None], list[str]]:
    """Return the whole tree, and the path that shows the message; none if there is no such message."""
    parents = read_parents(conversation.messages.latest_wanted_last())
    message, leaf = written(message_id), conversation.active_leaf_id
    if message not in parents:
        return parents, []
    return parents, path_through(message, parents, active_leaf=written(leaf) if leaf else None)


def _stretch(
    conversation: Conversation, parents: Mapping[str, str | None], path: list[str], part: slice, user: Any
) -> PathPage:
    shown = [(UUID(key), UUID(parent) if (parent := parents[key]) else None) for key in path[part]]
    return PathPage(
        steps=_steps(conversation, shown, user),
        older=UUID(path[part.start - 1]) if part.start else None,
        newer=shown[-1][0] if shown and part.stop < len(path) else None,
        leaf=UUID(path[-1]),
    )


def _steps(conversation: Conversation, shown: Sequence[tuple[UUID, UUID | None]], user: Any) -> list[Step]:
    messages = _messages([key for key, _ in shown], user)
    siblings = children_of(conversation, [parent for _, parent in shown])
    try:
        return [
            Step(
                message=messages[key],
                sibling_index=siblings[parent].index(key),
                sibling_count=len(siblings[parent]),
            )
            for key, parent in shown
        ]
    except (KeyError, ValueError) as error:
        # Messages go with their conversation alone: it was purged between two of these queries.
        raise ConversationNotFound from error


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


def children_of(conversation: Conversation, parents: Sequence[UUID | None]) -> dict[UUID | None, list[UUID]]:
    """Return the children of each of the messages, oldest first; those of None begin the conversation."""
    is_child = Q(parent__in=[parent for parent in parents if parent is not None])
    if None in parents:
        is_child |= Q(parent__isnull=True)
    rows = conversation.messages.filter(is_child).oldest_first().values_list("id", "parent_id")
    children: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    for message_id, parent_id in rows:
        children[parent_id].append(message_id)
    return children


def _messages(ids: Sequence[UUID], user: Any) -> dict[UUID, Message]:
    found = Message.objects.filter(pk__in=ids).select_related("run__usage").with_files()
    if user is not None:
        found = found.with_feedback_of(user)
    return {message.pk: message for message in found}
