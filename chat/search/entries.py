"""Reading places from the table of entries by the condition of a database's index."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from chat.models import SearchEntry
from chat.search.backends import Place, Position

# Titles first, then the newest; the key makes the order total.
_ORDER = "(message_id IS NULL) DESC, said_at DESC, id DESC"
_LARGEST_ID = 2**63 - 1
_AFTER = "((message_id IS NULL), said_at, id) < (%s, %s, %s)"


def read_places(
    source: str, condition: str, parameters: Sequence[Any], *, after: Position | None, length: int
) -> list[Place]:
    """Return places in order, from what ``source`` and ``condition``, which are SQL of the app, name."""
    conditions = [condition]
    values = list(parameters)
    if after is not None:
        conditions.append(_AFTER)
        moment = connection.ops.adapt_datetimefield_value(after.said_at)
        values += [after.is_title, moment, min(after.key, _LARGEST_ID)]
    statement = f"{source} WHERE {' AND '.join(conditions)} ORDER BY {_ORDER} LIMIT %s"
    return [_place(entry) for entry in SearchEntry.objects.raw(statement, [*values, length])]


def _place(entry: SearchEntry) -> Place:
    is_title = entry.message_id is None
    return Place(
        position=Position(is_title=is_title, said_at=entry.said_at, key=entry.pk),
        conversation_id=entry.conversation_id,
        message_id=entry.message_id,
    )
