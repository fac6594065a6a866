"""What the product is to cost, beside what a run has found."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.report import ratio
from bench.suite import LARGE, SMALL
from bench.summary import LIMIT, SITE, USUAL

SOCKET, WITH_REDIS = "site-ws", "site-redis"


def target_rows(results: Mapping[str, Any]) -> list[dict[str, object]]:
    """Return a row for each target: what was wanted, what was found, and whether that is as wanted."""
    return [
        {"target": name, "wanted": _wanted(most, least), "found": found, "held": _held(found, most, least)}
        for name, found, most, least in (*_ratios(results), *_figures(results), *_growth(results))
    ]


Target = tuple[str, float | None, float | None, float | None]


def _ratios(results: Mapping[str, Any]) -> Sequence[Target]:
    ratios = results["ratios"]

    def of(key: str, shape: object, base: str) -> float | None:
        value: float | None = ratios.get(key, {}).get(str(shape), {}).get(base)
        return value

    doors = ratio(of(SOCKET, SMALL, LIMIT), of(SITE, SMALL, LIMIT))
    rows: list[Target] = []
    for shape in (SMALL, LARGE):
        rows.append((f"µs per token, {shape}, in multiples of {LIMIT}'s", of(SITE, shape, LIMIT), 2.5, None))
        rows.append((f"the same of AsyncOpenAI in FastAPI's, {shape}", of(SITE, shape, USUAL), 0.2, None))
        rows.append((f"with the Redis log, {shape}, of {LIMIT}'s", of(WITH_REDIS, shape, LIMIT), 3.5, None))
    return [*rows, ("the WebSocket door, in multiples of the SSE door's", doors, 1.3, None)]


def _figures(results: Mapping[str, Any]) -> Sequence[Target]:
    names = {row["µs of processor time per token"]: place for place, row in enumerate(results["costs"])}
    # Rows have names, and stand in the order of the keys.
    keys = dict(zip(results["ratios"], names, strict=True))
    first = f"at {SMALL}"
    row: Mapping[str, Any] = next((row for row in results["others"] if row[first] == keys.get(SITE)), {})
    capacity = results["capacity"] or {}
    return [
        ("processor time until the first token, ms", row.get("start, ms"), 4, None),
        ("added by token, p50, ms", row.get("p50, ms"), 1, None),
        ("added by token, p99, ms", row.get("p99, ms"), 5, None),
        ("memory of a stream, kB", row.get("kB/stream"), 60, None),
        ("streams that one core holds", capacity.get("streams"), None, 1500),
    ]


def _growth(results: Mapping[str, Any]) -> Sequence[Target]:
    return [
        (f"{one['name']}, {one['unit']}", one["figure"], 1.1 if one["unit"] == "×" else 8, None)
        for one in results["growth"]
    ]


def _wanted(most: float | None, least: float | None) -> str:
    return f"≤ {most:g}" if most is not None else f"≥ {least:g}"


def _held(found: float | None, most: float | None, least: float | None) -> str:
    if found is None:
        return "not measured"
    is_held = found <= most if most is not None else least is not None and found >= least
    return "yes" if is_held else "no"
