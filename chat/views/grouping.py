"""How the list is grouped by days, as core/grouping.js does it; tests/golden/grouping.json holds for both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

PINNED, TODAY, YESTERDAY, WEEK, MONTH = "pinned", "today", "yesterday", "week", "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of the list under one heading."""

    key: str
    label: str
    rows: list[Any] = field(default_factory=list)


def group_key(moment: datetime, *, now: datetime, zone: tzinfo, is_pinned: bool = False) -> str:
    """Return the group of what was last used at that moment: a word, or a month such as 2026-09."""
    if is_pinned:
        return PINNED
    day = moment.astimezone(zone).date()
    age_days = (now.astimezone(zone).date() - day).days
    for key, most_days in ((TODAY, 0), (YESTERDAY, 1), (WEEK, 7), (MONTH, 30)):
        if age_days <= most_days:
            return key
    return f"{day:%Y-%m}"


def group_labels() -> dict[str, str]:
    """Return the headings of the groups that are no months."""
    return {
        PINNED: _("Pinned"),
        TODAY: _("Today"),
        YESTERDAY: _("Yesterday"),
        WEEK: _("Previous 7 days"),
        MONTH: _("Previous 30 days"),
    }


def grouped(rows: Iterable[tuple[str, Any]]) -> Sequence[Group]:
    """Return rows with the keys of their groups, which come in order, as groups."""
    groups: list[Group] = []
    labels = group_labels()
    for key, row in rows:
        if not groups or groups[-1].key != key:
            groups.append(Group(key=key, label=labels.get(key) or _month(key)))
        groups[-1].rows.append(row)
    return groups


def _month(key: str) -> str:
    return formats.date_format(date.fromisoformat(f"{key}-01"), "YEAR_MONTH_FORMAT")
