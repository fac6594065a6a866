"""The port that an event log fills."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chat.protocol.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """New events of one run, oldest first; ``fence`` is that of the writer's lease."""

    run_id: UUID
    fence: int
    events: Sequence[Event]


class LogUnavailable(Exception):
    """The log cannot be reached now; what was to be appended is still the caller's."""


class EventLog(ABC):
    """Keeps the events of runs for other processes and for later readers.

    One instance serves a whole process. Its speed is never the truth's: the database has that.
    """

    @abstractmethod
    async def append(self, batches: Sequence[Batch]) -> Collection[UUID]:
        """Add the events of several runs in one go; return the runs whose writer's lease is lost.

        Of a returned run nothing is added. Appending a batch again adds nothing. Raises LogUnavailable.
        """

    @abstractmethod
    async def read(self, positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
        """Return, for each run with something new, its events after the position, oldest first.

        The first returned event may leave a gap after the position where the log has lost some; the
        caller looks. One call returns a bounded number: call again for more. Raises LogUnavailable.
        """

    @abstractmethod
    async def drop(self, run_ids: Collection[UUID]) -> None:
        """Forget these runs. Raises LogUnavailable."""

    async def wait(self, run_ids: Collection[UUID], *, at_most_seconds: float) -> None:
        """Return when one of the runs may have something new, at the latest after the given time."""
        await asyncio.sleep(at_most_seconds)

    async def aclose(self) -> None:
        """Release what the log holds."""
