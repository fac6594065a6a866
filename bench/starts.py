"""What a turn costs until its first token: login checked, turn stored, run started."""

import asyncio
from dataclasses import dataclass

from bench.checking import Findings, TokenCheck
from bench.contenders import Contender
from bench.load import script

REQUESTS = 100
AT_A_TIME = 4
# The second and last token comes when all requests have their first.
PAUSE_SECONDS = 3.0
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """Milliseconds of the server's processor time per request."""

    key: str
    until_first_token_ms: float
    whole_turn_ms: float
    behind_ms: float
    findings: Findings

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "findings"}
        return {**values, **self.findings.as_json()}


async def run_starts(contender: Contender) -> Starts:
    """Ask a few at a time; read the clock when all have begun, and when all have ended."""
    streams = await contender.streams(script(tokens=2, rate=1 / PAUSE_SECONDS), REQUESTS)
    findings = Findings()
    places = asyncio.Semaphore(AT_A_TIME)
    begun = 0
    all_begun = asyncio.Event()

    async def ask_one(number: int) -> None:
        await places.acquire()

        def note_first() -> None:
            nonlocal begun
            begun += 1
            places.release()
            if begun == REQUESTS:
                all_begun.set()

        check = TokenCheck(findings, on_first=note_first)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await streams[number].read(check)
        check.end(expected=2)
        findings.streams += 1

    before, before_behind = contender.cpu_seconds(), contender.behind_cpu_seconds()
    async with asyncio.TaskGroup() as tasks:
        for number in range(REQUESTS):
            tasks.create_task(ask_one(number))
        await all_begun.wait()
        at_first = contender.cpu_seconds()
    return Starts(
        key=contender.key,
        until_first_token_ms=_each(at_first - before),
        whole_turn_ms=_each(contender.cpu_seconds() - before),
        behind_ms=_each(contender.behind_cpu_seconds() - before_behind),
        findings=findings,
    )


def _each(seconds: float) -> float:
    return round(seconds / REQUESTS * 1000, 2)
