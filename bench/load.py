"""Opens many streams at once and reads each to its end."""

import asyncio
from collections.abc import Sequence

from bench.checking import Findings, TokenCheck
from bench.streaming import Stream

# Beyond its own pace an answer may take this much longer before the measurement gives up.
PATIENCE_SECONDS = 30.0


def script(*, tokens: int, rate: float) -> str:
    """Return what makes the scripted model say so many tokens, so many a second."""
    return f"pace count={tokens} rate={rate:g}"


class Load:
    """Streams that are read together; ``findings`` tell how they do."""

    def __init__(
        self, streams: Sequence[Stream], *, tokens: int, seconds: float, ramp_seconds: float
    ) -> None:
        self.findings = Findings()
        # Set when every stream has its first token; in the same way, when the first one has ended.
        self.all_open = asyncio.Event()
        self.first_end = asyncio.Event()
        self._streams = streams
        self._tokens = tokens
        self._limit_seconds = seconds + PATIENCE_SECONDS
        self._ramp_seconds = ramp_seconds

    async def read(self) -> None:
        """Open the streams, evenly over the ramp, and read all to their ends."""
        try:
            await asyncio.gather(*(self._read(number, one) for number, one in enumerate(self._streams)))
        finally:
            # Nobody waits for what can no longer come.
            self.all_open.set()
            self.first_end.set()

    async def _read(self, number: int, stream: Stream) -> None:
        await asyncio.sleep(number * self._ramp_seconds / len(self._streams))
        findings = self.findings
        is_open = False

        def note_first() -> None:
            nonlocal is_open
            if not is_open:
                is_open = True
                findings.open_streams += 1
                if findings.open_streams == len(self._streams):
                    self.all_open.set()

        check = TokenCheck(findings, on_first=note_first)
        try:
            async with asyncio.timeout(self._limit_seconds):
                await stream.read(check)
        except ConnectionRefusedError as error:
            findings.faults[str(error)] += 1
        except (OSError, TimeoutError) as error:
            findings.faults[type(error).__name__] += 1
        else:
            findings.streams += 1
        self.first_end.set()
        findings.open_streams -= is_open
        check.end(expected=self._tokens)
