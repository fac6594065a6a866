"""When messages were written, in the words of a member; dom/moments.js goes on with it in the browser."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from chat.views.grouping import TODAY, YESTERDAY, group_labels
from chat.views.timezones import zone_of

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a message was written; a day where it is another one than that of the message before it."""

    iso: str
    words: str
    in_full: str
    day: str


def moments_of(request: HttpRequest, written: Iterable[datetime]) -> Sequence[Moment]:
    """Return what to say to a member of messages that were written then, in their order."""
    return told(written, now=timezone.now(), zone=zone_of(request))


def told(written: Iterable[datetime], *, now: datetime, zone: tzinfo) -> Sequence[Moment]:
    """Return what to say of them at that time in that zone."""
    today = now.astimezone(zone).date()
    moments: list[Moment] = []
    day_before: date | None = None
    for one in written:
        local = one.astimezone(zone)
        is_new_day = day_before is not None and local.date() != day_before
        day_before = local.date()
        moments.append(
            Moment(
                iso=one.isoformat(),
                words=_age(one, now) or _date(local),
                in_full=formats.date_format(local, "DATETIME_FORMAT"),
                day=_day(day_before, today) if is_new_day else "",
            )
        )
    return moments


def _age(moment: datetime, now: datetime) -> str:
    if now - moment >= DAY:
        return ""
    if now - moment < MINUTE:
        return _("now")
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}


def _day(day: date, today: date) -> str:
    labels = group_labels()
    named = {today: labels[TODAY], today - DAY: labels[YESTERDAY]}
    return named.get(day) or _date(day)


def _date(day: date) -> str:
    """Return the date as browsers write it at length: with the whole name of its month."""
    return formats.date_format(day, formats.get_format("DATE_FORMAT").replace("N", "F"))
