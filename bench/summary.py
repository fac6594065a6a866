"""What the rounds of one run add up to: a row for each contender, and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from bench.capacity import Capacity
from bench.checking import Findings
from bench.growth import Growth
from bench.report import describe, median, ratio, table
from bench.rounds import Round, Shape
from bench.starts import Starts

# The product, and the two that everything is compared with.
SITE, LIMIT, USUAL = "site", "nginx", "fastapi"
PRODUCT_KEYS = ("site", "site-ws", "site-redis", "site-redis-ws")


@dataclass(slots=True, kw_only=True)
class Measured:
    """All that one run of the suite has found."""

    rounds: list[Round] = field(default_factory=list)
    starts: list[Starts] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    capacity: Capacity | None = None

    def cpu_us(self, key: str, shape: str) -> float | None:
        """Return the median of the processor time per token."""
        return median([one.cpu_us for one in self._of(key, shape)], digits=1)

    def product_ratios(self, shape: str) -> dict[str, float]:
        """Return how many times nginx's processor time the product takes, by its doors and logs."""
        found = {key: ratio(self.cpu_us(key, shape), self.cpu_us(LIMIT, shape)) for key in PRODUCT_KEYS}
        return {key: value for key, value in found.items() if value is not None}

    def has_faults(self, keys: Sequence[str]) -> bool:
        """True if a token of one of these was not as it was sent."""
        return any(found.faults for key, found in self._findings() if key in keys)

    def in_words(self, names: Mapping[str, str], shapes: Sequence[Shape]) -> str:
        """Return the tables."""
        parts = [table(self._cost_rows(names, shapes)), table(self._other_rows(names, shapes))]
        if self.growth:
            parts.append(table([asdict(one) for one in self.growth]))
        if self.capacity:
            found = self.capacity
            parts.append(f"Streams that one core holds: {found.streams} (not {found.limit})")
        return "\n\n".join(parts)

    def as_json(self, names: Mapping[str, str], shapes: Sequence[Shape]) -> dict[str, object]:
        """Return what a result file keeps of it."""
        return {
            "ratios": {
                key: {
                    str(shape): {
                        base: ratio(self.cpu_us(key, str(shape)), self.cpu_us(base, str(shape)))
                        for base in (LIMIT, USUAL)
                    }
                    for shape in shapes
                    if self.cpu_us(key, str(shape)) is not None
                }
                for key in names
            },
            "costs": self._cost_rows(names, shapes),
            "others": self._other_rows(names, shapes),
            "growth": [asdict(one) for one in self.growth],
            "capacity": self.capacity.as_json() if self.capacity else None,
            "rounds": [one.as_json() for one in self.rounds],
            "starts": [one.as_json() for one in self.starts],
        }

    def _cost_rows(self, names: Mapping[str, str], shapes: Sequence[Shape]) -> list[dict[str, object]]:
        rows = []
        for key, name in names.items():
            row: dict[str, object] = {"µs of processor time per token": name}
            for shape in map(str, shapes):
                own = self.cpu_us(key, shape)
                row[shape] = own
                row[f"{shape} / {LIMIT}"] = ratio(own, self.cpu_us(LIMIT, shape))
                row[f"{shape} / {USUAL}"] = ratio(own, self.cpu_us(USUAL, shape))
            behind = [one.behind_us for one in self._of(key, str(shapes[0]))]
            row["databases"] = median(behind, digits=1) or None
            rows.append(row)
        return rows

    def _other_rows(self, names: Mapping[str, str], shapes: Sequence[Shape]) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for key, name in names.items():
            starts = [one for one in self.starts if one.key == key]
            first = self._of(key, str(shapes[0]))
            rows.append(
                {
                    f"at {shapes[0]}": name,
                    "start, ms": median([one.until_first_token_ms for one in starts]),
                    "whole turn, ms": median([one.whole_turn_ms for one in starts]),
                    "p50, ms": median([one.p50_ms for one in first]),
                    "p99, ms": median([one.p99_ms for one in first]),
                    "kB/stream": self._memory(key, shapes),
                    "faults": describe([found for one, found in self._findings() if one == key]),
                }
            )
        return rows

    def _memory(self, key: str, shapes: Sequence[Shape]) -> float | None:
        """Return that of the first round of the largest load: later ones find memory that is there."""
        for shape in reversed(shapes):
            for one in self._of(key, str(shape)):
                return one.memory_kb_per_stream
        return None

    def _findings(self) -> list[tuple[str, Findings]]:
        rounds = [(one.key, one.findings) for one in self.rounds]
        return rounds + [(one.key, one.findings) for one in self.starts]

    def _of(self, key: str, shape: str) -> list[Round]:
        return [one for one in self.rounds if one.key == key and one.shape == shape]
