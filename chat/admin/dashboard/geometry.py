"""Where the marks of a chart are: numbers into the coordinates of an SVG.

Drawings are stretched to the width of the page, and hold no text, which would be stretched with them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 200
SMALLEST = 1e-12
# What a bar leaves of its column to the gap beside it.
BAR_SHARE = 0.72


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of a stacked bar."""

    x: float
    y: float
    width: float
    height: float


def nice_top(values: Sequence[float | None]) -> float:
    """Return the least round number that no value exceeds; 1 if there is nothing to show."""
    largest = max((value for value in values if value is not None), default=0)
    # So near to nothing that powers of ten lose their last digits.
    if largest < SMALLEST:
        return 1.0
    power: float = 10 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= largest * (1 - 1e-9))


def stacked_bars(stacks: Sequence[Sequence[float]], top: float) -> list[list[Bar]]:
    """Return for each series its part of each column's bar; the first series stands on the ground."""
    column = WIDTH / max(1, len(stacks[0])) if stacks else 0
    floors = [0.0] * (len(stacks[0]) if stacks else 0)
    drawn = []
    for values in stacks:
        bars = []
        for number, value in enumerate(values):
            height = HEIGHT * value / top
            floors[number] += height
            bars.append(
                Bar(
                    x=_rounded(column * (number + (1 - BAR_SHARE) / 2)),
                    y=_rounded(HEIGHT - floors[number]),
                    width=_rounded(column * BAR_SHARE),
                    height=_rounded(height),
                )
            )
        drawn.append([bar for bar in bars if bar.height])
    return drawn


def line(values: Sequence[float | None], top: float) -> list[str]:
    """Return the points of each stretch of a line; it is broken where there is no value."""
    column = WIDTH / max(1, len(values))
    stretches: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            x, y = column * (number + 0.5), HEIGHT * (1 - value / top)
            stretches[-1].append(f"{_rounded(x)},{_rounded(y)}")
    # A point alone is drawn as a line to itself, which round caps make a dot.
    return [" ".join(points * 2 if len(points) == 1 else points) for points in stretches if points]


def _rounded(coordinate: float) -> float:
    return round(coordinate, 1)
