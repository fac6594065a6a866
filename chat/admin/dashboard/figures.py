"""What the runs of a period add up to, by day and all together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connections
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from chat.admin.dashboard.choice import Choice
from chat.admin.dashboard.percentiles import percentiles, percentiles_by_day, percentiles_in_database
from chat.models import Run, Usage

# The server's times, and those that browsers reported.
TIMES = ("ttft_ms", "client_ttft_ms")
BAD_ENDS = (Run.Status.FAILED, Run.Status.INTERRUPTED)
_SUMS_OF_RUNS = {
    "runs": Count("pk"),
    "completed": Count("pk", filter=Q(status=Run.Status.COMPLETED)),
    "stopped": Count("pk", filter=Q(status=Run.Status.CANCELLED)),
    "failed": Count("pk", filter=Q(status__in=BAD_ENDS)),
    "reconnects": Sum("reconnects"),
    "with_ttft_ms": Count("ttft_ms"),
    "with_client_ttft_ms": Count("client_ttft_ms"),
    "reports": Count("client_reconnects"),
    "client_reconnects": Sum("client_reconnects"),
    "client_stalls": Sum("client_stalls"),
}
# Only what was said between the first token and the end has a speed.
_HAS_SPEED = Q(run__duration_ms__gt=F("run__ttft_ms"))
# Sums that have the names of fields come last: behind them, the name is the sum's.
_SUMS_OF_USAGE = {
    "priced": Count("cost"),
    "counted": Count("pk"),
    "timed_tokens": Sum("output_tokens", filter=_HAS_SPEED),
    "timed_ms": Sum(F("run__duration_ms") - F("run__ttft_ms"), filter=_HAS_SPEED),
    "input_tokens": Sum("input_tokens"),
    "output_tokens": Sum("output_tokens"),
    "cost": Sum("cost"),
}
# By how much the clocks of two hosts may differ.
_CLOCKS = timedelta(days=1)
# Of a period they are what they are of its days together.
ADDED = (
    *(
        "runs",
        "completed",
        "stopped",
        "failed",
        "reconnects",
        "reports",
        "client_reconnects",
        "client_stalls",
    ),
    *("input_tokens", "output_tokens", "priced", "counted", "timed_tokens", "timed_ms"),
)
_PERCENTILES = {
    name: aggregate for field in TIMES for name, aggregate in percentiles_in_database(field).items()
}
_NAMES = (*ADDED, "cost", *_PERCENTILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some runs add up to. None where there is nothing to divide by, or nothing was measured."""

    runs: int = 0
    completed: int = 0
    stopped: int = 0
    failed: int = 0
    reconnects: int = 0
    reports: int = 0
    client_reconnects: int = 0
    client_stalls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    # In dollars, of the runs whose model has a price.
    cost: Decimal | None = None
    priced: int = 0
    counted: int = 0
    timed_tokens: int = 0
    timed_ms: int = 0
    ttft_ms_p50: float | None = None
    ttft_ms_p95: float | None = None
    client_ttft_ms_p50: float | None = None
    client_ttft_ms_p95: float | None = None

    @property
    def ended(self) -> int:
        """Runs that are not going on any more."""
        return self.completed + self.stopped + self.failed

    @property
    def active(self) -> int:
        """Runs that are still going on."""
        return self.runs - self.ended

    @property
    def error_rate(self) -> float | None:
        """The share of ended runs that failed or were interrupted, in per cent."""
        return _ratio(100 * self.failed, self.ended)

    @property
    def stop_rate(self) -> float | None:
        """The share of ended runs that a member stopped, in per cent."""
        return _ratio(100 * self.stopped, self.ended)

    @property
    def tokens_per_second(self) -> float | None:
        """How fast answers were said, from their first token on."""
        return _ratio(1000 * self.timed_tokens, self.timed_ms)

    @property
    def reconnects_per_run(self) -> float | None:
        """How often followers came back, as the server heard them."""
        return _ratio(self.reconnects, self.ended)

    @property
    def client_reconnects_per_run(self) -> float | None:
        """How often pages came back, as they say themselves."""
        return _ratio(self.client_reconnects, self.reports)

    @property
    def client_stalls_per_run(self) -> float | None:
        """How often an answer stood still before a member."""
        return _ratio(self.client_stalls, self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a period: of each of its days, oldest first, and of all of it."""

    days: Mapping[date, Figures]
    total: Figures


def read_report(choice: Choice) -> Report:
    """Read what the period's runs add up to, and the percentiles of all of them, which days do not give."""
    runs = Run.objects.filter(**choice.conditions()).order_by().annotate(day=TruncDate("created_at"))
    in_database = connections[runs.db].vendor == "postgresql"
    rows = _rows_in_database(runs) if in_database else _rows_by_reading(runs)
    for row in _usage(choice):
        # A run that began after the first query was counted by neither.
        rows.get(row["day"], {}).update(row)
    days = {day: Figures() for day in choice.dates} | {day: _figures(row) for day, row in rows.items()}
    total: dict[str, Any] = {name: sum(getattr(day, name) for day in days.values()) for name in ADDED}
    costs = [day.cost for day in days.values() if day.cost is not None]
    total["cost"] = sum(costs, Decimal(0)) if costs else None
    if in_database:
        total |= runs.aggregate(**_PERCENTILES)
    else:
        for field in TIMES:
            total |= percentiles(runs, field, count=sum(row[f"with_{field}"] for row in rows.values()))
    return Report(days=days, total=Figures(**total))


def _rows_in_database(runs: QuerySet[Any]) -> dict[date, dict[str, Any]]:
    return {row["day"]: row for row in runs.values("day").annotate(**_SUMS_OF_RUNS, **_PERCENTILES)}


def _rows_by_reading(runs: QuerySet[Any]) -> dict[date, dict[str, Any]]:
    rows: dict[date, dict[str, Any]] = {
        row["day"]: row for row in runs.values("day").annotate(**_SUMS_OF_RUNS)
    }
    for field in TIMES:
        counts = {day: row[f"with_{field}"] for day, row in rows.items()}
        for day, found in percentiles_by_day(runs, field, counts=counts):
            rows[day] |= found
    return rows


def _usage(choice: Choice) -> QuerySet[Any]:
    # No usage is older than its run: the first condition spares the database all that is older than both.
    chosen = Usage.objects.filter(created_at__gte=choice.begin - _CLOCKS, **choice.conditions("run__"))
    return chosen.order_by().values(day=TruncDate("run__created_at")).annotate(**_SUMS_OF_USAGE)


def _figures(row: Mapping[str, Any]) -> Figures:
    # A sum over no rows is null.
    return Figures(**{name: row[name] for name in _NAMES if row.get(name) is not None})


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
