"""The only way to follow a run: from the hub if it is live here, else from the log, else from its row."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from math import inf
from typing import Self
from uuid import UUID

from chat.protocol.events import TERMINAL_TYPES, Event
from chat.runs.alarm import Alarm
from chat.runs.dispatch import current_dispatcher
from chat.runs.hub import LiveRun
from chat.runs.stored import events_of_ended, stored_run
from chat.telemetry import telemetry

logger = logging.getLogger("chat.runs")

# Tells somebody an event at once; False if it has to wait.
Tell = Callable[[Event], bool]


class Follower:
    """A position in a run, and what comes after it: first the past, then live.

    One that cannot continue from its position gets one snapshot and goes on from there. Close it: that
    ends following, never the run.
    """

    def __init__(self, run_id: UUID, *, after: int = 0, tell: Tell | None = None) -> None:
        self.position = after
        self.until = inf
        self._tell = tell
        self._silence_seconds = inf
        self._loop = asyncio.get_running_loop()
        self._run_id = run_id
        # The one of its beginning: a process that ends has no other.
        self._dispatcher = current_dispatcher()
        self._live: LiveRun | None = None
        self._has_ended = False

    async def next(
        self, *, within_seconds: float = inf, alarm: Alarm | None = None
    ) -> Sequence[Event] | None:
        """Return all that is there, as soon as there is something; none after the end.

        What comes while this waits is told to ``tell``, if there is one and it takes it, and is not
        returned. An empty sequence says that nothing came in time, or before the alarm. Raises RunNotFound.
        """
        self._silence_seconds = within_seconds
        self.until = self._loop.time() + within_seconds
        while not self._has_ended:
            live = self._live
            if live is None:
                events = await self._join()
            elif not (events := live.take(self.position)):
                if live.is_closed or live.has_ended:
                    self.close()
                    self._has_ended = live.has_ended
                elif await live.wait(self, alarm=alarm):
                    return ()
            if events:
                self.position = events[-1].seq
                if live is None or live.has_ended:
                    self._has_ended = events[-1].is_terminal
                return events
        return None

    def hear(self, event: Event) -> bool:
        """Tell what comes next; the end, and what does not follow on the position, is for ``next``."""
        if self._tell is None or event.seq != self.position + 1 or event.type in TERMINAL_TYPES:
            return False
        try:
            if not self._tell(event):
                return False
        except Exception:
            # Whoever says it must not suffer: what is wrong is found again where the follower waits.
            logger.exception("a follower of run %s could not be told", self._run_id)
            return False
        self.position = event.seq
        self.until = self._loop.time() + self._silence_seconds
        return True

    def close(self) -> None:
        """Follow no more."""
        if self._live is not None:
            self._live.follower_count -= 1
            self._live = None

    async def _join(self) -> Sequence[Event]:
        """Find where the run is told; return what is left of one that has ended."""
        dispatcher = self._dispatcher
        live = dispatcher.hub.get(self._run_id)
        if live is None:
            stored = await stored_run(self._run_id)
            # While a process is draining the follower asks again, and is heard by another one.
            if stored.terminal is not None or dispatcher.is_draining:
                self._has_ended = True
                return await events_of_ended(stored, self._run_id, after=self.position, log=dispatcher.log)
            live = await dispatcher.relays.open(self._run_id, stored)
        self._live = live
        live.follower_count += 1
        return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def follow_run(run_id: UUID, *, after: int = 0) -> AsyncGenerator[Event, None]:
    """Yield the run's events with ``seq > after``: first the past, then live.

    A follower that cannot continue from ``after`` gets one snapshot and goes on from there. Ends after
    the terminal event. Cancelling stops following, never the run. Close it with ``aclosing``. Raises
    RunNotFound.
    """
    with Follower(run_id, after=after) as follower:
        while events := await follower.next():
            for event in events:
                yield event


async def events_after(run_id: UUID, *, after: int, wait_seconds: float) -> Sequence[Event]:
    """Return what is there after a position, or what comes first within the time. Raises RunNotFound."""
    with Follower(run_id, after=after) as follower:
        try:
            # What is there already may take a look into the database.
            async with asyncio.timeout(max(wait_seconds, 1.0)):
                return await follower.next() or ()
        except TimeoutError:
            return ()


def note_return(run_id: UUID, *, door: str) -> None:
    """Count a follower who came back from a lost connection, on the run too."""
    current_dispatcher().note_return(run_id)
    telemetry().follower_returned(door)


async def has_ended_by(run_id: UUID, after: int) -> bool:
    """True if a follower at this position has heard the run's end too. Raises RunNotFound."""
    live = current_dispatcher().hub.get(run_id)
    if live is not None:
        return live.has_ended and after >= live.last_seq
    terminal = (await stored_run(run_id)).terminal
    return terminal is not None and after >= terminal.seq
