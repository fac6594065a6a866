"""The results: a table for people, a file for machines."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.checking import Findings
from bench.rounds import Round

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("django", "openai", "uvicorn", "uvloop", "psycopg")


def table(rounds: Sequence[Round], *, beside: str) -> str:
    """Return the medians of every contender, and how they compare to the one named."""
    names = list(dict.fromkeys(one.name for one in rounds))
    medians = {name: _median(rounds, name) for name in names}
    lines = [f"{'':24}{'CPU µs/token':>14}{'ratio':>8}{'database':>10}{'tokens':>10}  faults"]
    for name in names:
        own = [one for one in rounds if one.name == name]
        behind = statistics.median(one.behind_us_per_token for one in own)
        tokens = sum(one.findings.tokens for one in own)
        ratio = medians[name] / medians[beside] if medians[beside] else float("nan")
        lines.append(
            f"{name:24}{medians[name]:14.1f}{ratio:8.2f}{behind or '-':>10}{tokens:10}  {faults_of(own)}"
        )
    return "\n".join(lines)


def faults_of(rounds: Sequence[Round]) -> str:
    """Return what went wrong, in words."""
    return describe([one.findings for one in rounds])


def describe(findings: Sequence[Findings]) -> str:
    """Return the faults of all findings, or that there are none."""
    faults = {
        name: sum(one.faults[name] for one in findings)
        for name in {n for one in findings for n in one.faults}
    }
    return ", ".join(f"{count} {name}" for name, count in sorted(faults.items())) or "none"


def write(name: str, results: Mapping[str, object]) -> Path:
    """Write the results with where and when they were measured; return the file."""
    now = datetime.now(UTC)
    surroundings = {
        "measured_at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": {package: version(package) for package in PACKAGES},
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}-{now:%Y%m%dT%H%M%S}.json"
    file.write_text(json.dumps({**surroundings, **results}, indent=2) + "\n")
    return file


def _median(rounds: Sequence[Round], name: str) -> float:
    return statistics.median(one.cpu_us_per_token for one in rounds if one.name == name)
