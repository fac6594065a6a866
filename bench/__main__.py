"""``python -m bench``: what a token costs here, beside nginx and what others use, in one run."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import uvloop

from bench import lineup, report
from bench.cores import working_on
from bench.lineup import LineUp
from bench.processes import ending_in_order
from bench.rounds import Shape, run_round
from bench.starts import run_starts
from bench.summary import Measured

WARM_UP = Shape(streams=10, tokens_per_second=20, seconds=1)
SMALL = Shape(streams=100, tokens_per_second=20, seconds=5)
LARGE = Shape(streams=500, tokens_per_second=20, seconds=6)


def main() -> int:
    """Measure, print the table, write the files; 1 if a token was lost or the product became slower."""
    arguments = _arguments()
    keys = _keys(arguments)
    shapes = [SMALL] if arguments.quick else [SMALL, LARGE]
    measured = Measured()
    with ending_in_order(), ExitStack() as stack:
        line_up = lineup.start(stack, keys)
        stack.enter_context(working_on(line_up.stage.cores.others))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_measure(line_up, measured, shapes, number_of_rounds=arguments.rounds))
    names = {key: one.name for key, one in line_up.contenders.items()}
    print(report.table(measured.rows(names, [str(shape) for shape in shapes])))
    return 1 if measured.has_faults(keys) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(lineup.KEYS)}, with commas")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement (3)")
    parser.add_argument("--quick", action="store_true", help="the product, nginx and FastAPI, one load only")
    return parser.parse_args()


def _keys(arguments: argparse.Namespace) -> Sequence[str]:
    if arguments.only:
        return str(arguments.only).split(",")
    return lineup.QUICK_KEYS if arguments.quick else lineup.KEYS


async def _measure(
    line_up: LineUp, measured: Measured, shapes: Sequence[Shape], *, number_of_rounds: int
) -> None:
    contenders = line_up.contenders.values()
    for contender in contenders:
        await run_round(contender, WARM_UP, line_up.stage)
    for number in range(1, number_of_rounds + 1):
        # In turns: what else the machine does falls on all of them alike.
        for contender in contenders:
            measured.starts.append(await run_starts(contender))
        for shape in shapes:
            for contender in contenders:
                one = await run_round(contender, shape, line_up.stage)
                print(f"round {number}, {shape}: {one.in_words(contender.name)}", flush=True)
                measured.rounds.append(one)


if __name__ == "__main__":
    sys.exit(main())
