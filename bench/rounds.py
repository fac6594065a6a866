"""One round: a load on one server; what it cost that server's processor, and how late the tokens came."""

import asyncio
import resource
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from bench.checking import Findings
from bench.contenders import Contender
from bench.cores import Cores, busy_seconds
from bench.load import Load, script
from bench.processes import Server

# Streams begin at this distance: what starts a turn is measured on its own, in bench/starts.py.
RAMP_SECONDS_PER_STREAM = 0.015
# After the last stream began, until the first figure is taken.
SETTLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many streams, how fast, and how long all of them are open together."""

    streams: int
    tokens_per_second: float
    seconds: float
    # How much later than the ramp the last stream may begin.
    late_seconds: float = 3.0

    @property
    def ramp_seconds(self) -> float:
        """How long it takes to open all streams."""
        return self.streams * RAMP_SECONDS_PER_STREAM

    @property
    def tokens(self) -> int:
        """Tokens of one answer: the ramp, and some patience with slow starts, come on top."""
        return int(self.tokens_per_second * (self.ramp_seconds + self.late_seconds + self.seconds))

    def __str__(self) -> str:
        """Return it as tables have it."""
        return f"{self.streams} × {self.tokens_per_second:g}/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What all rounds have around them."""

    cores: Cores
    model: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round found while all its streams were open."""

    key: str
    shape: str
    # Microseconds of processor time per token that arrived; none if the streams were never all open.
    cpu_us: float | None
    behind_us: float | None
    p50_ms: float | None
    p99_ms: float | None
    memory_kb_per_stream: float
    # Shares of a core.
    loads: Mapping[str, float] = field(default_factory=dict)
    findings: Findings

    def in_words(self, name: str) -> str:
        """Return one line for who waits for the table."""
        shares = ", ".join(f"{who} {share:.0%}" for who, share in self.loads.items())
        return f"{name}: {self.cpu_us} µs/token, p99 {self.p99_ms} ms; cores: {shares}"

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "findings"}
        return {**values, **self.findings.as_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Processor seconds until one moment, and the tokens until then."""

    at: float
    tokens: int
    server: float
    behind: float
    model: float
    driver: float
    server_core: float
    other_core: float


async def run_round(contender: Contender, shape: Shape, stage: Stage) -> Round:
    """Measure from the moment when all streams are open to the end of the first."""
    answer = script(tokens=shape.tokens, rate=shape.tokens_per_second)
    streams = await contender.streams(answer, shape.streams)
    seconds = shape.tokens / shape.tokens_per_second + shape.ramp_seconds
    load = Load(streams, tokens=shape.tokens, seconds=seconds, ramp_seconds=shape.ramp_seconds)
    memory = contender.server.rss_bytes()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.read())
        await load.all_open.wait()
        await asyncio.sleep(SETTLE_SECONDS)
        first = read(contender, stage, load.findings)
        load.findings.is_timing = True
        is_steady = load.findings.open_streams == shape.streams
        await load.first_end.wait()
        load.findings.is_timing = False
        last = read(contender, stage, load.findings)
        memory = contender.server.rss_bytes() - memory
    if not is_steady:
        load.findings.faults["never all open"] += 1
    return Round(
        key=contender.key,
        shape=str(shape),
        cpu_us=per_token(last.server - first.server, last.tokens - first.tokens) if is_steady else None,
        behind_us=per_token(last.behind - first.behind, last.tokens - first.tokens) if is_steady else None,
        **percentiles(load.findings),
        memory_kb_per_stream=round(memory / 1000 / shape.streams, 1),
        loads=loads(first, last),
        findings=load.findings,
    )


def read(contender: Contender, stage: Stage, findings: Findings) -> Reading:
    """Read the accounts of the operating system."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Reading(
        at=asyncio.get_running_loop().time(),
        tokens=findings.tokens,
        server=contender.cpu_seconds(),
        behind=contender.behind_cpu_seconds(),
        model=stage.model.cpu_seconds(),
        driver=own.ru_utime + own.ru_stime,
        server_core=busy_seconds(stage.cores.server),
        other_core=busy_seconds(stage.cores.others),
    )


def per_token(seconds: float, tokens: int) -> float | None:
    """Return microseconds per token, if there were any."""
    return round(seconds / tokens * 1e6, 1) if tokens > 0 else None


def percentiles(findings: Findings) -> dict[str, float | None]:
    """Return how late tokens were, in milliseconds."""
    found = findings.latencies_us
    if len(found) < 100:
        return {"p50_ms": None, "p99_ms": None}
    cuts = statistics.quantiles(found, n=100)
    return {"p50_ms": round(cuts[49] / 1000, 2), "p99_ms": round(cuts[98] / 1000, 2)}


def loads(first: Reading, last: Reading) -> dict[str, float]:
    """Return how busy everybody was, as shares of a core; ``strangers`` work for others on the server's."""
    seconds = max(last.at - first.at, 0.001)
    early, late = asdict(first), asdict(last)
    spent = {name: (late[name] - early[name]) / seconds for name in early if name not in {"at", "tokens"}}
    spent["strangers"] = max(0.0, spent["server_core"] - spent["server"])
    return {name: round(share, 2) for name, share in spent.items()}
