"""What a turn costs until its first token: login checked, turn stored, run started."""

import asyncio
import time
from dataclasses import dataclass

from bench.checking import Findings, TokenCheck
from bench.contenders import Contender
from bench.load import script
from bench.streaming import Stream

REQUESTS = 100
AT_A_TIME = 4
# The second and last token comes when all requests have their first; later where that took longer.
PAUSES_SECONDS = (3.0, 15.0)
PATIENCE_SECONDS = 30.0
# Of the view in bench/least.py.
LEAST_PATH = "least/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """Milliseconds of the server's processor time per request."""

    key: str
    until_first_token_ms: float
    whole_turn_ms: float
    behind_ms: float
    # From the first request until all had their first token, by the clock.
    beginning_seconds: float
    findings: Findings

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "findings"}
        return {**values, **self.findings.as_json()}


async def run_starts(contender: Contender) -> Starts:
    """Measure; once more, with a longer pause, if the first answer went on before the last one began."""
    usual, longer = PAUSES_SECONDS
    starts = await _run_starts(contender, usual)
    return starts if starts.beginning_seconds < usual else await _run_starts(contender, longer)


async def _run_starts(contender: Contender, pause_seconds: float) -> Starts:
    """Ask a few at a time; read the accounts when all have begun, and when all have ended."""
    streams = await contender.streams(script(tokens=2, rate=1 / pause_seconds), REQUESTS)
    findings = Findings()
    places = asyncio.Semaphore(AT_A_TIME)
    began_at = time.monotonic()
    before, before_behind = contender.cpu_seconds(), contender.behind_cpu_seconds()
    begun = [asyncio.Event() for _ in streams]
    async with asyncio.TaskGroup() as tasks:
        for stream, has_begun in zip(streams, begun, strict=True):
            await places.acquire()
            has_begun_task = tasks.create_task(has_begun.wait())
            has_begun_task.add_done_callback(lambda _: places.release())
            tasks.create_task(_ask(stream, findings, has_begun))
        for has_begun in begun:
            await has_begun.wait()
        at_first = contender.cpu_seconds()
        beginning_seconds = time.monotonic() - began_at
    return Starts(
        key=contender.key,
        until_first_token_ms=_each(at_first - before),
        whole_turn_ms=_each(contender.cpu_seconds() - before),
        behind_ms=_each(contender.behind_cpu_seconds() - before_behind),
        beginning_seconds=round(beginning_seconds, 2),
        findings=findings,
    )


async def _ask(stream: Stream, findings: Findings, has_begun: asyncio.Event) -> None:
    check = TokenCheck(findings, on_first=has_begun.set)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stream.read(check)
    except (OSError, TimeoutError) as error:
        findings.faults[type(error).__name__] += 1
    finally:
        # A request that failed holds up nobody.
        has_begun.set()
    findings.streams += 1
    check.end(expected=2)


def _each(seconds: float) -> float:
    return round(seconds / REQUESTS * 1000, 2)
