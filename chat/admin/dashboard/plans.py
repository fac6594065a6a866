"""What the dashboard shows: its key figures, and its charts in their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.admin.dashboard.charts import Number, Plan, Series, dollars, fraction, milliseconds, rate, whole
from chat.admin.dashboard.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One number of the whole period, and what to know about it."""

    name: str
    value: str
    detail: str


def key_figures(total: Figures) -> Sequence[KeyFigure]:
    """Return what is read first."""
    return [*_figures_of_runs(total), *_figures_of_times(total), *_figures_of_use(total)]


def _figures_of_runs(total: Figures) -> list[KeyFigure]:
    return [
        KeyFigure(
            name=_("Runs"),
            value=whole(total.runs),
            detail=_("%(number)s going on") % {"number": whole(total.active)},
        ),
        KeyFigure(
            name=_("Error rate"),
            value=rate(total.error_rate),
            detail=_("%(number)s failed or interrupted") % {"number": whole(total.failed)},
        ),
        KeyFigure(
            name=_("Stop rate"),
            value=rate(total.stop_rate),
            detail=_("%(number)s stopped by members") % {"number": whole(total.stopped)},
        ),
        KeyFigure(
            name=_("Reconnects per run"),
            value=fraction(total.reconnects_per_run),
            detail=_("%(number)s in the browser") % {"number": fraction(total.client_reconnects_per_run)},
        ),
    ]


def _figures_of_times(total: Figures) -> list[KeyFigure]:
    return [
        KeyFigure(
            name=_("First token, median"),
            value=milliseconds(total.ttft_ms_p50),
            detail=_("%(time)s in the browser") % {"time": milliseconds(total.client_ttft_ms_p50)},
        ),
        KeyFigure(
            name=_("First token, 95th percentile"),
            value=milliseconds(total.ttft_ms_p95),
            detail=_("%(time)s in the browser") % {"time": milliseconds(total.client_ttft_ms_p95)},
        ),
        KeyFigure(
            name=_("Tokens per second"),
            value=whole(total.tokens_per_second),
            detail=_("from the first token to the end"),
        ),
    ]


def _figures_of_use(total: Figures) -> list[KeyFigure]:
    tokens = {"input": whole(total.input_tokens), "output": whole(total.output_tokens)}
    return [
        KeyFigure(
            name=_("Tokens"),
            value=whole(total.input_tokens + total.output_tokens),
            detail=_("%(input)s in, %(output)s out") % tokens,
        ),
        KeyFigure(name=_("Cost"), value=dollars(_cost(total)), detail=_known_prices(total)),
    ]


def plans() -> Sequence[Plan]:
    """Return the charts, in the language of whoever looks."""
    return [*_charts_of_runs(), *_charts_of_times(), *_charts_of_use()]


def _charts_of_runs() -> list[Plan]:
    return [
        Plan(
            key="runs",
            title=_("Runs"),
            is_stacked=True,
            form=whole,
            series=[
                Series(name=_("completed"), value=lambda day: day.completed, tone="main"),
                Series(name=_("stopped"), value=lambda day: day.stopped, tone="second"),
                Series(name=_("failed or interrupted"), value=lambda day: day.failed, tone="bad"),
                Series(name=_("going on"), value=lambda day: day.active, tone="quiet"),
            ],
        ),
        Plan(
            key="rates",
            title=_("Errors and stops"),
            form=rate,
            series=[
                Series(name=_("error rate"), value=lambda day: day.error_rate, tone="bad"),
                Series(name=_("stop rate"), value=lambda day: day.stop_rate, tone="second", is_dashed=True),
            ],
        ),
    ]


def _charts_of_times() -> list[Plan]:
    return [
        _beside_the_browser(
            "median",
            _("Time to first token, median"),
            lambda day: day.ttft_ms_p50,
            lambda day: day.client_ttft_ms_p50,
        ),
        _beside_the_browser(
            "slow",
            _("Time to first token, 95th percentile"),
            lambda day: day.ttft_ms_p95,
            lambda day: day.client_ttft_ms_p95,
        ),
        Plan(
            key="speed",
            title=_("Tokens per second"),
            form=whole,
            series=[
                Series(name=_("after the first token"), value=lambda day: day.tokens_per_second, tone="main")
            ],
        ),
        Plan(
            key="reconnects",
            title=_("Reconnects and stalls per run"),
            form=fraction,
            series=[
                Series(name=_("reconnects, server"), value=lambda day: day.reconnects_per_run, tone="main"),
                Series(
                    name=_("reconnects, browser"),
                    value=lambda day: day.client_reconnects_per_run,
                    tone="second",
                    is_dashed=True,
                ),
                Series(name=_("stalls, browser"), value=lambda day: day.client_stalls_per_run, tone="bad"),
            ],
        ),
    ]


def _beside_the_browser(
    key: str, title: str, server: Callable[[Figures], Number], browser: Callable[[Figures], Number]
) -> Plan:
    return Plan(
        key=key,
        title=title,
        form=milliseconds,
        series=[
            Series(name=_("server"), value=server, tone="main"),
            Series(name=_("browser"), value=browser, tone="second", is_dashed=True),
        ],
    )


def _charts_of_use() -> list[Plan]:
    return [
        Plan(
            key="tokens",
            title=_("Tokens"),
            is_stacked=True,
            form=whole,
            series=[
                Series(name=_("in"), value=lambda day: day.input_tokens, tone="main"),
                Series(name=_("out"), value=lambda day: day.output_tokens, tone="second"),
            ],
        ),
        Plan(
            key="cost",
            title=_("Cost"),
            is_stacked=True,
            form=dollars,
            series=[Series(name=_("dollars"), value=_cost, tone="main")],
        ),
    ]


def _cost(figures: Figures) -> Number:
    return None if figures.cost is None else float(figures.cost)


def _known_prices(total: Figures) -> str:
    if not total.counted:
        return _("nothing was used")
    return _("%(share)s of runs have a price") % {"share": rate(100 * total.priced / total.counted)}
