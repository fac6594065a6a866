"""Event logs of which one call fails: by number, as if the log had been away for that moment."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from chat.eventlog.base import Batch, LogUnavailable, Refusal
from chat.eventlog.database import DatabaseEventLog
from chat.protocol.events import Event


class FailingLog(DatabaseEventLog):
    """The database log; the call number ``fail_at``, counted from 1, fails before it does anything.

    With ``fails_after``, it fails when it has done it: the answer is lost on its way.
    """

    def __init__(self, *, fail_at: int, fails_after: bool = False) -> None:
        self.calls = 0
        self._fail_at = fail_at
        self._fails_after = fails_after

    async def append(self, batches: Sequence[Batch]) -> Mapping[UUID, Refusal]:
        fails = self._count()
        lost = await super().append(batches)
        self._lose(fails)
        return lost

    async def read(self, positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
        fails = self._count()
        found = await super().read(positions)
        self._lose(fails)
        return found

    async def drop(self, run_ids: Collection[UUID]) -> None:
        fails = self._count()
        await super().drop(run_ids)
        self._lose(fails)

    def _count(self) -> bool:
        self.calls += 1
        if self.calls == self._fail_at and not self._fails_after:
            raise LogUnavailable
        return self.calls == self._fail_at

    @staticmethod
    def _lose(fails: bool) -> None:
        if fails:
            raise LogUnavailable
