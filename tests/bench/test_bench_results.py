"""What is made of the measurements: the search for a core's limit, the baseline, the tables."""

import pytest

from bench.baseline import regressions
from bench.capacity import search
from bench.checking import Findings
from bench.growth import Growth
from bench.published import in_words
from bench.report import surroundings, table
from bench.rounds import Round, Shape
from bench.suite import SMALL
from bench.summary import Measured


def round_of(
    shape: Shape, *, key: str = "site", cpu_us: float | None = 20.0, p99_ms: float = 1.0, faults: int = 0
) -> Round:
    findings = Findings()
    if faults:
        findings.faults["lost"] = faults
    return Round(
        key=key,
        shape=str(shape),
        cpu_us=cpu_us,
        behind_us=0.0,
        p50_ms=p99_ms / 2,
        p99_ms=p99_ms,
        memory_kb_per_stream=10.0,
        loads={"server_core": 0.5, "other_core": 0.5},
        findings=findings,
    )


@pytest.mark.parametrize(("limit", "found"), [(1700, 1500), (300, 250), (10_000, 4000), (2000, 2000)])
async def test_the_search_ends_within_a_step_of_the_limit(limit: int, found: int) -> None:
    async def measure(shape: Shape) -> Round:
        return round_of(shape, p99_ms=1.0 if shape.streams <= limit else 400.0)

    assert (await search(measure)).streams == found


async def test_a_lost_token_is_a_limit_too() -> None:
    async def measure(shape: Shape) -> Round:
        return round_of(shape, faults=int(shape.streams > 600))

    found = await search(measure)

    assert found.streams == 500
    assert found.limit.endswith("1 lost")


def test_a_quarter_more_than_the_baseline_is_let_pass_and_more_is_not() -> None:
    assert not regressions({"site": 2.5}, {"site": 2.0})
    assert not regressions({"new": 9.0}, {"site": 2.0})
    (sentence,) = regressions({"site": 2.51}, {"site": 2.0})
    assert "site" in sentence


def test_ratios_are_those_of_medians() -> None:
    shape = Shape(streams=100, tokens_per_second=20, seconds=1)
    measured = Measured()
    for cpu_us in (30.0, 20.0, 90.0, None):
        measured.rounds.append(round_of(shape, cpu_us=cpu_us))
    measured.rounds.append(round_of(shape, key="nginx", cpu_us=10.0))

    assert measured.product_ratios(str(shape)) == {"site": 3.0}


def test_a_table_is_markdown() -> None:
    rows: list[dict[str, object]] = [{"name": "nginx", "µs": 12.34567}, {"name": "chat", "µs": None}]

    assert table(rows).splitlines() == [
        "| name  |    µs |",
        "| ----- | ----: |",
        "| nginx | 12.35 |",
        "| chat  |     - |",
    ]


def test_the_page_of_a_run_says_which_targets_it_holds() -> None:
    measured = Measured()
    names = {"site": "chat", "site-ws": "chat, WebSocket", "nginx": "nginx", "fastapi": "FastAPI"}
    for key, cpu_us in (("site", 20.0), ("site-ws", 30.0), ("nginx", 10.0), ("fastapi", 50.0)):
        measured.rounds.append(round_of(SMALL, key=key, cpu_us=cpu_us))
    measured.growth.append(Growth(name="10 × x", small_us=1.0, large_us=2.0, figure=2.0, unit="×"))

    told = in_words({**surroundings(), "took_seconds": 60, **measured.as_json(names, [SMALL])})

    cells = [[cell.strip() for cell in line.split("|")] for line in told.splitlines() if line[:1] == "|"]
    held = {row[1]: row[4] for row in cells if len(row) == 6}
    assert held["µs per token, 100 × 20/s, in multiples of nginx's"] == "yes"
    assert held["the same of AsyncOpenAI in FastAPI's, 100 × 20/s"] == "no"
    assert held["the WebSocket door, in multiples of the SSE door's"] == "no"
    assert held["added by token, p50, ms"] == "yes"
    assert held["10 × x, ×"] == "no"
    assert held["streams that one core holds"] == "not measured"
