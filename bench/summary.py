"""What the rounds of one run add up to: a row for each contender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.checking import Findings
from bench.report import describe, median, ratio
from bench.rounds import Round
from bench.starts import Starts

# The two that everything is compared with.
LIMIT, USUAL = "nginx", "fastapi"


@dataclass(slots=True, kw_only=True)
class Measured:
    """All rounds of one run of the suite."""

    rounds: list[Round] = field(default_factory=list)
    starts: list[Starts] = field(default_factory=list)

    def cpu_us(self, key: str, shape: str) -> float | None:
        """Return the median of the processor time per token."""
        return median([one.cpu_us for one in self._of(key, shape)], digits=1)

    def ratio_to(self, base: str, key: str, shape: str) -> float | None:
        """Return how many times the processor time of another it took."""
        return ratio(self.cpu_us(key, shape), self.cpu_us(base, shape))

    def has_faults(self, keys: Sequence[str]) -> bool:
        """True if a token of one of these was not as it was sent."""
        return any(found.faults for key, found in self._findings() if key in keys)

    def rows(self, names: Mapping[str, str], shapes: Sequence[str]) -> list[dict[str, object]]:
        """Return the table: one row for each contender, times in µs and ms of processor time."""
        return [self._row(key, name, shapes) for key, name in names.items()]

    def _row(self, key: str, name: str, shapes: Sequence[str]) -> dict[str, object]:
        row: dict[str, object] = {"": name}
        for shape in shapes:
            row[f"µs/token, {shape}"] = self.cpu_us(key, shape)
            row[f"× {LIMIT}" + " " * shapes.index(shape)] = self.ratio_to(LIMIT, key, shape)
            row[f"× {USUAL}" + " " * shapes.index(shape)] = self.ratio_to(USUAL, key, shape)
        starts = [one for one in self.starts if one.key == key]
        first = self._of(key, shapes[0])
        return {
            **row,
            "databases µs": median([one.behind_us for one in first], digits=1) or None,
            "start ms": median([one.until_first_token_ms for one in starts]),
            "turn ms": median([one.whole_turn_ms for one in starts]),
            "p50 ms": median([one.p50_ms for one in first]),
            "p99 ms": median([one.p99_ms for one in first]),
            "kB/stream": self._memory(key, shapes),
            "faults": describe([found for one, found in self._findings() if one == key]),
        }

    def _memory(self, key: str, shapes: Sequence[str]) -> float | None:
        """Return that of the first round of the largest load: what comes later finds memory that is there."""
        for shape in reversed(shapes):
            for one in self._of(key, shape):
                return one.memory_kb_per_stream
        return None

    def _findings(self) -> list[tuple[str, Findings]]:
        rounds = [(one.key, one.findings) for one in self.rounds]
        return rounds + [(one.key, one.findings) for one in self.starts]

    def _of(self, key: str, shape: str) -> list[Round]:
        return [one for one in self.rounds if one.key == key and one.shape == shape]
