"""What the product cost when somebody last looked, and whether it costs more now."""

import json
from collections.abc import Mapping
from pathlib import Path

from bench.report import surroundings

FILE = Path(__file__).parent / "baseline.json"
# Processor time is steadier than any clock, but two runs on a shared machine still differ by a tenth.
MOST_WORSE = 1.25


def read() -> dict[str, float]:
    """Return the ratios to nginx that were written down."""
    ratios: dict[str, float] = json.loads(FILE.read_text())["ratio_to_nginx"]
    return ratios


def renew(ratios: Mapping[str, float]) -> None:
    """Write these down as what the product costs."""
    FILE.write_text(json.dumps({**surroundings(), "ratio_to_nginx": ratios}, indent=2) + "\n")


def regressions(ratios: Mapping[str, float], baseline: Mapping[str, float]) -> list[str]:
    """Return a sentence for each ratio that is worse by more than a quarter."""
    return [
        f"{key} takes {now:g} × nginx's processor time; the baseline says {baseline[key]:g}"
        for key, now in ratios.items()
        if key in baseline and now > MOST_WORSE * baseline[key]
    ]
