"""What one tab hears: that conversations changed, and the events of the runs in the one that it shows."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from uuid import UUID

from chat.exceptions import RunNotFound
from chat.protocol.events import Event
from chat.runs.alarm import Alarm
from chat.runs.changes import Ear
from chat.runs.dispatch import current_dispatcher
from chat.runs.following import Follower

# Tells an event of a run at once, while ``next`` is waited for; False if it has to be returned.
TellRun = Callable[[UUID, Event], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came: conversations that changed, or events of a run; nothing where nothing came in time."""

    changed: frozenset[UUID] = frozenset()
    run_id: UUID | None = None
    events: Sequence[Event] = ()


class Feed:
    """Listens from its beginning to its end, so that nothing between two steps is missed.

    It follows one run after the other, each whole: ``follow`` names the next one. What changed is not in
    it, only that it did: whoever reads it asks the policy for the present state.
    """

    def __init__(self, *, owner_id: Any, shown: UUID | None, tell: TellRun | None = None) -> None:
        self._dispatcher = current_dispatcher()
        self._owner_id = owner_id
        self._shown = shown
        self._tell = tell
        self._alarm = Alarm()
        self._ear = Ear(self._alarm)
        self._run_id: UUID | None = None
        self._follower: Follower | None = None
        self._next_run_id: UUID | None = None
        self._listening = ExitStack()

    def follow(self, run_id: UUID, *, after: int = 0) -> None:
        """Tell this run from that position on, once the one that is told now has ended."""
        if run_id == self._run_id:
            return
        if self._follower is not None:
            self._next_run_id = run_id
            return
        self._run_id = run_id
        tell = partial(self._tell, run_id) if self._tell else None
        self._follower = Follower(run_id, after=after, tell=tell)

    def leave_run(self) -> None:
        """Tell no run any more."""
        if self._follower is not None:
            self._follower.close()
        self._follower = self._next_run_id = None

    async def next(self, *, within_seconds: float) -> Heard | None:
        """Return what comes first; None where the tab has to go on elsewhere: this process is draining."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_seconds
        while True:
            if changed := self._ear.take():
                return Heard(changed=changed)
            self._alarm.clear()
            if self._follower is None:
                if self._dispatcher.is_draining:
                    return None
                await self._alarm.wait(until=until)
                if not self._alarm.is_rung:
                    return Heard()
            elif events := await self._events(self._follower, until - loop.time()):
                return Heard(run_id=self._run_id, events=events)
            elif loop.time() >= until:
                return Heard()

    async def _events(self, follower: Follower, within_seconds: float) -> Sequence[Event]:
        try:
            events = await follower.next(within_seconds=within_seconds, alarm=self._alarm)
        except RunNotFound:
            # Its conversation went for good at once, as all of them do for who deletes everything.
            self._ear.changed.update([self._shown] if self._shown else ())
            events = None
        if events is None:
            following = self._next_run_id
            self.leave_run()
            if following is not None:
                self.follow(following)
        return events or ()

    def __enter__(self) -> Self:
        heard = self._dispatcher.changes.heard_by(self._ear, self._owner_id, self._shown)
        self._listening.enter_context(heard)
        return self

    def __exit__(self, *_: object) -> None:
        self.leave_run()
        self._listening.close()
