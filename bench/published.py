"""The latest run in docs/benchmarks.md, as ``bench/results/latest.json`` has it.

``python -m bench.published`` writes it anew; a whole run of the suite does so at its end.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from bench.processes import ROOT
from bench.report import LATEST, table
from bench.targets import target_rows

PAGE = ROOT / "docs" / "benchmarks.md"
HEADING = "## The latest run\n"

Results = Mapping[str, Any]


def main() -> int:
    """Write the latest run into the page."""
    publish(json.loads(LATEST.read_text()))
    return 0


def publish(results: Results) -> None:
    """Put these results in the place of those that the page has."""
    before, heading, _ = PAGE.read_text().partition(HEADING)
    if not heading:
        raise RuntimeError(f"{PAGE} has no heading {HEADING!r}")
    PAGE.write_text(f"{before}{HEADING}\n{in_words(results)}\n")


def in_words(results: Results) -> str:
    """Return what the page says of a run: where and when, what became of the targets, all tables."""
    minutes = round(results["took_seconds"] / 60)
    packages = ", ".join(f"{name} {number}" for name, number in results["packages"].items())
    where = f"{results['measured_at'][:10]}, commit `{results['commit']}`, {results['machine']}"
    parts = [
        f"{where}, Python {results['python']},\n{packages}; {minutes} minutes.",
        table(target_rows(results)),
        table(results["costs"]),
        table(results["others"]),
    ]
    if results["growth"]:
        parts.append(table(results["growth"]))
    if capacity := results["capacity"]:
        parts.append(f"Streams that one core holds: {capacity['streams']} (not {capacity['limit']}).")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
