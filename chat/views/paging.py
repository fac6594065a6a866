"""Lists by keyset: a cursor names the last row that was seen, so later pages cost what the first does."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput

M = TypeVar("M", bound=Model)

PAGE_LENGTH = 30


def encode_cursor(moment: datetime, row_id: UUID) -> str:
    """Return the opaque cursor for what comes after this row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the row that a cursor names. Raises InvalidInput."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, row_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(" ")
        # A time near the calendar's ends overflows here, and not in the database's adapter.
        return _aware(moment).astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("bad cursor", fields={"cursor": [_("This is not a cursor.")]}) from error


async def page_of(
    rows: QuerySet[M], *, by: str, cursor: str | None, length: int = PAGE_LENGTH
) -> tuple[Sequence[M], str | None]:
    """Return a page of rows, newest first by the field ``by``, and the cursor of the next page or none."""
    rows = _after(rows, by, cursor)
    found = [row async for row in rows.order_by(f"-{by}", "-id")[: length + 1]]
    if len(found) <= length:
        return found, None
    last: Any = found[length - 1]
    return found[:length], encode_cursor(getattr(last, by), last.pk)


def _after(rows: QuerySet[M], by: str, cursor: str | None) -> QuerySet[M]:
    if not cursor:
        return rows
    moment, row_id = decode_cursor(cursor)
    # The first condition alone is one that an index can begin at.
    is_after = Q(**{f"{by}__lt": moment}) | Q(id__lt=row_id)
    return rows.filter(is_after, **{f"{by}__lte": moment})


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
