"""How many streams of 20 tokens/s one core holds: doubled until it fails, then halved between."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.rounds import Round, Shape

TOKENS_PER_SECOND = 20.0
SECONDS = 5.0
FIRST = 500
MOST = 4000
# Between what is held and what is not, the search stops at this distance.
STEP = 250
MOST_P99_MS = 250.0
# Above this the driver and the model are what is measured.
MOST_OTHER_CORE = 0.93


@dataclass(slots=True, kw_only=True)
class Capacity:
    """What the search found: the most streams that were held, and why not more."""

    streams: int = 0
    limit: str = ""
    trials: list[Round] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of it."""
        trials = [one.as_json() for one in self.trials]
        return {"streams": self.streams, "limit": self.limit, "trials": trials}


async def search(measure: Callable[[Shape], Awaitable[Round]]) -> Capacity:
    """Look for the number of streams that a server holds with the 99th percentile below the limit."""
    found = Capacity()
    number, too_many = FIRST, MOST + STEP
    while number - found.streams >= STEP:
        shape = Shape(streams=number, tokens_per_second=TOKENS_PER_SECOND, seconds=SECONDS)
        one = await measure(shape)
        found.trials.append(one)
        why = _reason_against(one)
        if why:
            too_many, found.limit = number, f"{number}: {why}"
        else:
            found.streams = number
        doubled = 2 * found.streams
        number = doubled if 0 < doubled < too_many else (found.streams + too_many) // 2
    return found


def _reason_against(one: Round) -> str:
    if one.findings.faults:
        return ", ".join(f"{count} {name}" for name, count in sorted(one.findings.faults.items()))
    if one.p99_ms is None or one.p99_ms >= MOST_P99_MS:
        # A model or driver without time is late by itself: then this is the suite's limit, not the server's.
        is_ours = one.loads["other_core"] > MOST_OTHER_CORE and one.loads["server_core"] < MOST_OTHER_CORE
        return f"p99 {one.p99_ms} ms" + (
            ", with the driver's core full and the server's not" if is_ours else ""
        )
    return ""
