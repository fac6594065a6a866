"""Median and 95th percentile: by the database where it can, else by reading sorted values once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Aggregate, FloatField, QuerySet

CHUNK = 2_000
SHARES = {"p50": 0.5, "p95": 0.95}


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont: between two values it takes its share of both."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, field: str, *, share: float) -> None:
        super().__init__(field, share=share)


def percentiles_in_database(field: str) -> dict[str, Percentile]:
    """Return aggregates by their names, such as ``ttft_ms_p95``."""
    return {f"{field}_{name}": Percentile(field, share=share) for name, share in SHARES.items()}


def percentiles(runs: QuerySet[Any], field: str, *, count: int) -> dict[str, float]:
    """Return the percentiles of the ``count`` values that there are, none of which is kept in memory."""
    values = runs.filter(**{f"{field}__isnull": False}).order_by(field).values_list(field, flat=True)
    return percentiles_of(field, values.iterator(chunk_size=CHUNK), count) if count else {}


def percentiles_by_day(
    runs: QuerySet[Any], field: str, *, counts: Mapping[date, int]
) -> Iterator[tuple[date, dict[str, float]]]:
    """Yield each day that has values with their percentiles; ``counts`` says how many it has."""
    rows = runs.filter(**{f"{field}__isnull": False}).order_by("day", field).values_list("day", field)
    for day, values in groupby(rows.iterator(chunk_size=CHUNK), key=itemgetter(0)):
        yield day, percentiles_of(field, (value for _, value in values), counts[day])


def percentiles_of(field: str, values: Iterable[int], count: int) -> dict[str, float]:
    """Return the percentiles of so many values that come in their order."""
    # For each share the rank of the value below it, and how far it is from there to the next one.
    ranks = {name: divmod(share * (count - 1), 1) for name, share in SHARES.items()}
    found = dict.fromkeys(ranks, 0.0)
    for rank, value in enumerate(values):
        for name, (lower, part) in ranks.items():
            if rank == lower:
                found[name] += value * (1 - part)
            elif rank == lower + 1:
                found[name] += value * part
    return {f"{field}_{name}": value for name, value in found.items()}
