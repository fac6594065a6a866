"""Which processor core works for whom: what is measured has one of its own, all else shares another."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_IDLE_FIELDS = slice(3, 5)
REST_SECONDS = 0.5
# What a core works for the kernel, and for servers that wait.
MOST_AT_REST = 0.1
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """The core of the measured servers, and the one of the driver, the model and the databases."""

    server: int
    others: int

    @property
    def are_apart(self) -> bool:
        """False on a machine of one core, where all figures but processor time mean little."""
        return self.server != self.others


def choose_cores() -> Cores:
    """Return the first and the last core that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(server=usable[-1], others=usable[0])


@contextmanager
def working_on(core: int | None) -> Iterator[None]:
    """Have the thread of the block, and what it starts there, work on this core; none changes nothing."""
    earlier = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, earlier)


def busy_seconds(core: int) -> float:
    """Return the time that the core has worked for anybody since the machine started."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            # The last two fields, guests, are counted in the first two already.
            numbers = [int(number) for number in ticks[:8]]
            return (sum(numbers) - sum(numbers[_IDLE_FIELDS])) / _TICKS_PER_SECOND
    raise RuntimeError(f"there is no core {core}")


async def at_rest(core: int, *, busy: Callable[[int], float] = busy_seconds) -> bool:
    """Return once hardly anybody works on the core; False if somebody does for longer than patience lasts.

    A peer that was given more than it can do goes on with it when its round is over.
    """
    for _ in range(int(PATIENCE_SECONDS / REST_SECONDS)):
        before = busy(core)
        await asyncio.sleep(REST_SECONDS)
        if busy(core) - before < MOST_AT_REST * REST_SECONDS:
            return True
    return False
