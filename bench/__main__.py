"""``python -m bench``: what a token costs here, beside nginx and what others use, in one run."""

import argparse
import dataclasses
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import baseline, lineup, published, report, suite
from bench.cores import working_on
from bench.lineup import LineUp
from bench.processes import ending_in_order, run_in_order
from bench.suite import FULL, QUICK, SMALL, Plan
from bench.summary import PRODUCT_KEYS, Measured


def main() -> int:
    """Measure, print the table, write the files; 1 if a token was lost or the product became dearer."""
    arguments = _arguments()
    plan = QUICK if arguments.quick else FULL
    plan = dataclasses.replace(plan, rounds=arguments.rounds or plan.rounds)
    keys = _keys(arguments)
    measured = Measured()
    began = time.monotonic()
    with ending_in_order(), ExitStack() as stack:
        line_up = lineup.start(stack, keys, environment=arguments.environment)
        stack.enter_context(working_on(line_up.stage.cores.others))
        failure = run_in_order(_measure(line_up, plan, measured))
    names = {key: one.name for key, one in line_up.contenders.items()}
    results = {
        **report.surroundings(),
        "took_seconds": round(time.monotonic() - began),
        "cores_are_apart": line_up.stage.cores.are_apart,
        **measured.as_json(names, plan.shapes),
    }
    print(measured.in_words(names, plan.shapes))
    is_whole = not (failure or arguments.quick or arguments.only)
    _keep(results, is_whole=is_whole, name="quick" if arguments.quick else "part")
    if failure:
        print(f"FAILED: {failure!r}")
        return 1
    return _verdict(measured, keys, arguments)


async def _measure(line_up: LineUp, plan: Plan, measured: Measured) -> Exception | None:
    """Return what went wrong, if anything: twenty minutes of figures are not thrown away for it."""
    try:
        await suite.run(line_up, plan, measured, suite.to_terminal)
    except (ExceptionGroup, OSError, RuntimeError, TimeoutError) as error:
        return error
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(lineup.KEYS)}, with commas")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each measurement (3)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="the product and nginx with one load, held to the baseline",
    )
    parser.add_argument("--renew-baseline", action="store_true", help="write down what the product costs now")
    parser.add_argument(
        "--environment",
        type=Path,
        default=lineup.ENVIRONMENT,
        help="where the peers are installed (.venv-bench)",
    )
    return parser.parse_args()


def _keys(arguments: argparse.Namespace) -> Sequence[str]:
    if arguments.only:
        return str(arguments.only).split(",")
    return lineup.QUICK_KEYS if arguments.quick else lineup.KEYS


def _keep(results: Mapping[str, object], *, is_whole: bool, name: str) -> None:
    if is_whole:
        report.write_latest(results)
        published.publish(results)
        report.remember({key: results[key] for key in ("measured_at", "commit", "machine", "ratios")})
    else:
        print(f"Written to {report.write(results, name=name)}")


def _verdict(measured: Measured, keys: Sequence[str], arguments: argparse.Namespace) -> int:
    ratios = measured.product_ratios(str(SMALL))
    if arguments.renew_baseline:
        baseline.renew(ratios)
    found = baseline.regressions(ratios, baseline.read()) if arguments.quick else []
    # Peers may fall behind; the product may not lose a token.
    if measured.has_faults([key for key in keys if key in PRODUCT_KEYS]):
        found.append("the product did not tell every token as it was sent")
    for sentence in found:
        print(f"FAILED: {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
