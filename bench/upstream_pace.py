"""The scripted model for measurements: tokens with a number and a clock, as cheaply as Python writes them.

``python -m bench.upstream_pace --port 8001`` serves what bench/upstream.py does, and the script ``pace``.
"""

import argparse
import asyncio
import sys
import time

import uvloop

from bench.upstream import ScriptedUpstream
from bench.upstream_answers import Answer
from bench.upstream_scripts import behaviour

# All tokens are of one length, so that a longer answer differs in nothing but its length. The first
# character takes three bytes: who breaks UTF-8 is found out.
TOKEN = "낱%05d:%011x "
# How long a client that does not read is left alone before the next try.
FULL_SECONDS = 0.005
BURST = 50


def clock_us() -> int:
    """Return the clock of the tokens, which all processes of a machine share."""
    return time.monotonic_ns() // 1000


@behaviour
async def pace(answer: Answer) -> None:
    """``count`` tokens (20), ``rate`` a second (0: at once), each with its number and its time of writing."""
    await answer.begin()
    rate = answer.number("rate", 0)
    count = int(answer.number("count", 20))
    if rate:
        pacer = _Pacer(answer, count=count, rate=rate)
        await pacer.done
    else:
        for number in range(1, count + 1):
            await answer.raw(_chunk(answer, number))
            if number % BURST == 0:
                await asyncio.sleep(0)
    await answer.end()


class _Pacer:
    """Writes a token per call of the loop's timer: a third of what a sleeping task costs."""

    def __init__(self, answer: Answer, *, count: int, rate: float) -> None:
        self._answer = answer
        self._count = count
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._number = 0
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._write_next()

    def _write_next(self) -> None:
        if self.done.done():
            return
        if not self._answer.may_write:
            self._loop.call_later(FULL_SECONDS, self._write_next)
            return
        self._number += 1
        self._answer.write(_chunk(self._answer, self._number))
        if self._number == self._count:
            self.done.set_result(None)
        else:
            self._loop.call_at(self._start + self._number / self._rate, self._write_next)


def _chunk(answer: Answer, number: int) -> bytes:
    data = answer.text_event(TOKEN % (number, clock_us()))
    return b"%x\r\n%b\r\n" % (len(data), data)


async def _serve(port: int) -> None:
    async with ScriptedUpstream(port=port) as upstream:
        await upstream.serve_forever()


def main() -> int:
    """Serve until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(parser.parse_args().port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
