"""One run of the suite: which measurements, in which order."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bench.capacity import search
from bench.contenders import Contender
from bench.cores import at_rest
from bench.growth import measure_growth
from bench.lineup import LineUp
from bench.member import sign_in
from bench.rounds import Round, Shape, Stage, run_round
from bench.starts import run_starts
from bench.summary import LIMIT, SITE, USUAL, Measured

WARM_UP = Shape(streams=10, tokens_per_second=20, seconds=1, late_seconds=1)
SMALL = Shape(streams=100, tokens_per_second=20, seconds=4.5, late_seconds=1)
LARGE = Shape(streams=500, tokens_per_second=20, seconds=5)
# On a busy machine, and for peers at their limit, the last stream begins late.
LATER_SECONDS, LATER_SECONDS_PER_STREAM = 9.0, 0.03
# Most peers need more than a core for the large load: only what the targets name is put to it.
LARGE_KEYS = ("site", "site-redis", LIMIT, USUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured beside the small load."""

    rounds: int
    has_large: bool
    has_growth: bool
    has_capacity: bool
    # How often the cost of starting is measured.
    starts: int

    @property
    def shapes(self) -> Sequence[Shape]:
        """The loads of the table, the first one for everybody."""
        return [SMALL, LARGE] if self.has_large else [SMALL]


FULL = Plan(rounds=3, has_large=True, has_growth=True, has_capacity=True, starts=2)
# No starts: only what is held to the baseline.
QUICK = Plan(rounds=3, has_large=False, has_growth=False, has_capacity=False, starts=0)


async def run(line_up: LineUp, plan: Plan, measured: Measured, say: Callable[[str], None]) -> None:
    """Measure everything of the plan; what is found is there even if a later measurement fails."""
    async with asyncio.TaskGroup() as tasks:
        for contender in line_up.contenders.values():
            tasks.create_task(run_round(contender, WARM_UP, line_up.stage))
    for number in range(1, plan.rounds + 1):
        # In turns: what else the machine does falls on all of them alike.
        await _run_interleaved(line_up, plan, measured, number, say)
    site = line_up.contenders.get(SITE)
    if plan.has_growth and site:
        say("growth")
        measured.growth = await measure_growth(site, sign_in(site.server.port), line_up.stage)
    if plan.has_capacity and site:
        say("capacity")
        measured.capacity = await search(partial(_steady_round, site, stage=line_up.stage))


async def _run_interleaved(
    line_up: LineUp, plan: Plan, measured: Measured, number: int, say: Callable[[str], None]
) -> None:
    for contender in line_up.contenders.values():
        if number <= plan.starts:
            measured.starts.append(await run_starts(contender))
    for shape in plan.shapes:
        for contender in line_up.contenders.values():
            if shape is SMALL or contender.key in LARGE_KEYS:
                one = await _steady_round(contender, shape, line_up.stage)
                say(f"round {number}, {shape}: {one.in_words(contender.name)}")
                measured.rounds.append(one)


async def _steady_round(contender: Contender, shape: Shape, stage: Stage) -> Round:
    """Measure once more, with longer answers, if the first stream ended before the last one began."""
    await at_rest(stage.cores.server)
    one = await run_round(contender, shape, stage)
    if one.cpu_us is None:
        later = LATER_SECONDS + LATER_SECONDS_PER_STREAM * shape.streams
        one = await run_round(contender, replace(shape, late_seconds=later), stage)
    return one


def to_terminal(line: str) -> None:
    """Tell who waits for the table what has been done."""
    sys.stderr.write(f"{line}\n")
