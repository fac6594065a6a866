"""The port that an event log fills."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from uuid import UUID

from chat.protocol.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """New events of one run, oldest first; ``fence`` is that of the writer's lease."""

    run_id: UUID
    fence: int
    events: Sequence[Event]


class Refusal(StrEnum):
    """Why a log takes nothing of a run's batches."""

    # Another process holds the run's lease now.
    LEASE_LOST = auto()
    # The log has lost what came before: only a snapshot can follow.
    GAP = auto()


class LogUnavailable(Exception):
    """The log cannot be reached now; what was to be appended is still the caller's."""


class EventLog(ABC):
    """Keeps the events of runs for other processes and for later readers.

    One instance serves a whole process. Its speed is never the truth's: the database has that.
    """

    @abstractmethod
    async def append(self, batches: Sequence[Batch]) -> Mapping[UUID, Refusal]:
        """Add the events of several runs in one go; return the runs that were refused, and why.

        Appending a batch again adds nothing. Raises LogUnavailable.
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

    @abstractmethod
    async def wait(self, run_ids: Collection[UUID]) -> Collection[UUID]:
        """Wait until some of the watched runs may have something new, and return those.

        Returns all of them after a second at the latest: a bell may be lost on its way.
        """

    async def watch(self, run_id: UUID) -> None:
        """Have ``wait`` hear of this run from now on."""

    async def unwatch(self, run_ids: Collection[UUID]) -> None:
        """Hear of these runs no more."""

    async def aclose(self) -> None:
        """Release what the log holds."""
