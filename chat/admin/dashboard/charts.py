"""The charts: which figures are drawn together, and what they say in words and as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from chat.admin.dashboard.figures import Figures, Report
from chat.admin.dashboard.geometry import HEIGHT, WIDTH, Bar, line, nice_top, stacked_bars

Number = float | None
# What a colour says is the same in all charts; the style sheet knows these names.
Tone = Literal["main", "second", "quiet", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One figure, by day."""

    name: str
    value: Callable[[Figures], Number]
    tone: Tone
    # What browsers saw is drawn with gaps, so that it can be told apart without colours.
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A chart before there is anything to draw."""

    key: str
    title: str
    series: Sequence[Series]
    # How its numbers are written.
    form: Callable[[Number], str]
    is_stacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A series with its marks: bars, or the stretches of a line."""

    series: Series
    bars: Sequence[Bar]
    stretches: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A day: a part of the drawing that says its numbers, and a row of the table."""

    day: date
    x: float
    width: float
    says: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart to be shown."""

    key: str
    title: str
    summary: str
    is_empty: bool
    drawn: Sequence[Drawn]
    columns: Sequence[Column]
    # At the top, half-way up, on the ground.
    ticks: Sequence[str]
    width: int = WIDTH
    height: int = HEIGHT


def draw(plan: Plan, report: Report) -> Chart:
    """Draw a chart of the report."""
    figures = list(report.days.values())
    values = [[series.value(day) for day in figures] for series in plan.series]
    stacks = [[value or 0.0 for value in one] for one in values]
    heights: list[Number] = [float(sum(parts)) for parts in zip(*stacks, strict=True)]
    top = nice_top(heights if plan.is_stacked else [value for one in values for value in one])
    bars = stacked_bars(stacks, top) if plan.is_stacked else [[] for _ in values]
    return Chart(
        key=plan.key,
        title=plan.title,
        summary=_summary(plan, report, values),
        is_empty=not any(value for one in values for value in one),
        drawn=[
            Drawn(series=series, bars=own_bars, stretches=[] if plan.is_stacked else line(own, top))
            for series, own_bars, own in zip(plan.series, bars, values, strict=True)
        ],
        columns=_columns(plan, list(report.days), values),
        ticks=[plan.form(share * top) for share in (1, 0.5, 0)],
    )


def _columns(plan: Plan, days: Sequence[date], values: Sequence[Sequence[Number]]) -> list[Column]:
    width = WIDTH / len(days)
    columns = []
    for number, day in enumerate(days):
        cells = [plan.form(own[number]) for own in values]
        lines = [f"{series.name}: {cell}" for series, cell in zip(plan.series, cells, strict=True)]
        columns.append(
            Column(
                day=day,
                x=round(number * width, 1),
                width=round(width, 1),
                says="\n".join([date_format(day, "SHORT_DATE_FORMAT"), *lines]),
                cells=cells,
            )
        )
    return columns


def _summary(plan: Plan, report: Report, values: Sequence[Sequence[Number]]) -> str:
    """Say what somebody would read off the chart: each series in the whole period, and its highest day."""
    days = list(report.days)
    parts = []
    for series, own in zip(plan.series, values, strict=True):
        known = [(value, day) for value, day in zip(own, days, strict=True) if value]
        if not known:
            parts.append(_("%(series)s: nothing") % {"series": series.name})
            continue
        most, when = max(known)
        parts.append(
            _("%(series)s: %(total)s, at most %(most)s on %(day)s")
            % {
                "series": series.name,
                "total": plan.form(series.value(report.total)),
                "most": plan.form(most),
                "day": date_format(when, "MONTH_DAY_FORMAT"),
            }
        )
    return "; ".join(parts) + "."


def whole(value: Number) -> str:
    """Write a number of things; short where it is large."""
    if value is None:
        return "–"
    for least, unit, sign in ((1e9, 1e9, " G"), (1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if value >= least:
            return _rounded(value / unit) + sign
    return _rounded(value)


def _rounded(value: float) -> str:
    """Write one decimal place, but none where it says nothing."""
    places = 0 if value >= 100 or value == int(value) else 1
    return number_format(round(value, places), places, force_grouping=True)


def rate(value: Number) -> str:
    """Write per cent."""
    return "–" if value is None else f"{number_format(value, 1)} %"


def milliseconds(value: Number) -> str:
    """Write a time; in seconds where it is long."""
    if value is None:
        return "–"
    return (
        f"{number_format(value, 0, force_grouping=True)} ms"
        if value < 10_000
        else f"{number_format(value / 1000, 1)} s"
    )


def fraction(value: Number) -> str:
    """Write a small number."""
    return "–" if value is None else number_format(value, 3 if value and value < 0.1 else 2)


def dollars(value: Number) -> str:
    """Write an amount of money."""
    if value is None:
        return "–"
    return f"$ {number_format(value, 4 if 0 < value < 0.1 else 2, force_grouping=True)}"
