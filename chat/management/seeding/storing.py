"""Storing made-up rows fast: COPY on PostgreSQL, many rows in a statement elsewhere."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import AutoField, Model

from chat.management.seeding.rows import Rows
from chat.models import Conversation, Feedback, Message, Run, Usage

# A conversation names its leaf, and the leaf its conversation: foreign keys are looked at when all is there.
ORDER: tuple[type[Model], ...] = (Conversation, Message, Run, Usage, Feedback)
# Larger transactions are hardly faster, and keep more for the check of the foreign keys at their end.
CONVERSATIONS_AT_A_TIME = 1_000


def store(conversations: Iterable[Rows]) -> Iterable[int]:
    """Store the rows of all conversations; yield how many of them are there, from time to time."""
    rows: Rows = defaultdict(list)
    stored = 0
    for made in conversations:
        for model, more in made.items():
            rows[model] += more
        if len(rows[Conversation]) == CONVERSATIONS_AT_A_TIME:
            stored += _store_together(rows)
            yield stored
    if rows:
        stored += _store_together(rows)
        yield stored


@transaction.atomic
def _store_together(rows: Rows) -> int:
    number = len(rows[Conversation])
    for model in ORDER:
        if connection.vendor == "postgresql":
            _copy(model, rows.pop(model, []))
        else:
            model._default_manager.bulk_create(rows.pop(model, []), batch_size=500)
    return number


def _copy(model: type[Model], records: list[Any]) -> None:
    # What only the database has a default for, it fills by itself.
    fields = [
        one
        for one in model._meta.concrete_fields
        if not isinstance(one, AutoField) and (one.has_default() or not one.has_db_default())
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in fields)
    names = [one.attname for one in fields]
    with connection.cursor() as cursor:
        # Names of the app's own tables and columns; nothing comes from outside.
        statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
        with cursor.copy(statement) as copy:
            for record in records:
                copy.write_row([getattr(record, name) for name in names])
