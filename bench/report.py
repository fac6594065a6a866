"""The results: medians and ratios, a table for people, files for machines."""

import json
import os
import platform
import statistics
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.checking import Findings
from bench.processes import ROOT

RESULTS = Path(__file__).parent / "results"
HISTORY = RESULTS / "history.jsonl"
LATEST = RESULTS / "latest.json"
PACKAGES = ("django", "openai", "uvicorn", "uvloop", "psycopg")


def median(values: Sequence[float | None], *, digits: int = 2) -> float | None:
    """Return the median of those that are known."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), digits) if known else None


def ratio(value: float | None, base: float | None) -> float | None:
    """Return how many times the base it is."""
    return round(value / base, 2) if value is not None and base else None


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the rows as a Markdown table, which a terminal shows well enough."""
    heads = list(rows[0])
    cells = [[_cell(row.get(head)) for head in heads] for row in rows]
    widths = [max(len(head), *(len(line[place]) for line in cells)) for place, head in enumerate(heads)]

    def line(parts: Sequence[str]) -> str:
        padded = [text.rjust(width) for text, width in zip(parts, widths, strict=True)]
        return f"| {' | '.join([parts[0].ljust(widths[0]), *padded[1:]])} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(heads), line(rule), *(line(parts) for parts in cells)])


def describe(findings: Sequence[Findings]) -> str:
    """Return the faults of all findings, or that there are none."""
    faults: Counter[str] = Counter()
    for one in findings:
        faults.update(one.faults)
    return ", ".join(f"{count} {name}" for name, count in sorted(faults.items())) or "none"


def surroundings() -> dict[str, object]:
    """Return where and when this is measured."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        # A plus says that files were changed since.
        "commit": _git("describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
    }


def write(results: Mapping[str, object], *, name: str) -> Path:
    """Write a file of results and return where."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return file


def write_latest(results: Mapping[str, object]) -> None:
    """Write the results of a whole run in the place of the last one's."""
    RESULTS.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def remember(line: Mapping[str, object]) -> None:
    """Add a line to the history."""
    RESULTS.mkdir(exist_ok=True)
    with HISTORY.open("a") as history:
        history.write(json.dumps(line, ensure_ascii=False) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
