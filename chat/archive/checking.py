"""What an imported value has to be: of its type, within bounds, and a text that a database takes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput

TITLE_CHARACTERS = 200
# Twice what a model may write here by default.
MESSAGE_CHARACTERS = 400_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def refusal(sentence: str) -> InvalidInput:
    """Return the error that tells a member why nothing was imported."""
    return InvalidInput(sentence, fields={"file": [sentence]})


def not_ours() -> InvalidInput:
    """Return the error for a file of another kind, or one that somebody has changed."""
    return refusal(
        _("This is neither an export of this chat nor ChatGPT's conversations.json. Nothing was imported.")
    )


def object_in(value: Any) -> Mapping[str, Any]:
    """Return a JSON object. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise not_ours()
    return value


def list_in(value: Any) -> list[Any]:
    """Return a JSON array; none counts as an empty one. Raises InvalidInput."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise not_ours()
    return value


def text_in(value: Any, *, most: int, cut: bool = False) -> str:
    """Return a text; none counts as an empty one. Raises InvalidInput.

    One that is too long is cut or refused.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise not_ours()
    if _REFUSED.search(value):
        raise refusal(_("The file holds characters that are not allowed in a text. Nothing was imported."))
    if len(value) > most and not cut:
        raise refusal(
            _("A message in the file is longer than %(most)s characters. Nothing was imported.")
            % {"most": most}
        )
    return value[:most]


def title_in(value: Any) -> str:
    """Return a title: one line, short enough. Raises InvalidInput."""
    return " ".join(text_in(value, most=10_000, cut=True).split())[:TITLE_CHARACTERS]


def claim_in(value: Any) -> bool:
    """Return true or false; none counts as false. Raises InvalidInput."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise not_ours()


def moment_in(value: Any, *, default: datetime) -> datetime:
    """Return a time, written as ISO 8601 or in seconds since 1970. Raises InvalidInput.

    What lies ahead counts as now: lists are ordered by time, and nothing should stay at their top.
    """
    if value is None:
        return default
    try:
        moment = _from_text(value) if isinstance(value, str) else _from_seconds(value)
    except (ValueError, OverflowError, OSError) as error:
        raise not_ours() from error
    return min(max(moment, EARLIEST), timezone.now())


def _from_text(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _from_seconds(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("no time")  # noqa: TRY004 - one kind of error for whatever is no time
    return datetime.fromtimestamp(value, tz=UTC)
