"""Every metric is documented with its labels, and no other."""

import re
from pathlib import Path
from typing import Any

import pytest

from chat.metrics import instruments

DOCUMENT = (Path(__file__).parents[2] / "docs/observability.md").read_text(encoding="utf-8")
LABELS = {"operation": instruments.OPERATION, "provider": instruments.VENDOR, "model": instruments.MODEL}
METRICS = {
    # A counter's samples, which is what one asks for, end in _total.
    found._name + ("_total" if found._type == "counter" else ""): found
    for found in vars(instruments).values()
    if hasattr(found, "_labelnames")
}


def rows() -> dict[str, list[str]]:
    found = re.findall(r"^\| `((?:chat|gen_ai)_\w+)` \|(.*)\|$", DOCUMENT, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in found}


def test_the_documented_metrics_are_those_that_exist() -> None:
    assert rows().keys() == METRICS.keys()


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metric_is_documented_with_its_type_and_labels(name: str) -> None:
    metric: Any = METRICS[name]

    kind, labels, meaning = re.sub(r"\| \|", "|  |", " | ".join(rows()[name])).split(" | ")

    named = [LABELS.get(label, label.strip("`")) for label in labels.split(", ") if label.strip()]
    assert kind == metric._type
    assert tuple(named) == metric._labelnames
    assert meaning


def test_every_metric_of_an_example_exists() -> None:
    asked = set(re.findall(r"\b((?:chat|gen_ai)_\w+?)(?:_bucket|_sum|_count)?[{\[]", DOCUMENT))

    assert asked <= METRICS.keys()
