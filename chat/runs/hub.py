"""The in-process fan-out of live runs to their local followers."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chat.protocol.codec import decode_fact, event_of, token_event
from chat.protocol.events import Event, Fact, Snapshot, Source, Sources, Step, Token
from chat.protocol.fold import with_step
from chat.protocol.work import Work
from chat.runs.alarm import Alarm
from chat.telemetry import telemetry

# What a run keeps for followers that are a little behind; one further back gets a snapshot. At 20 tokens a
# second this is two seconds, beside what the kernel holds for a slow reader.
BUFFER_BYTES = 9 * 1024
# It may hold so much more before the oldest go, together: the cost of moving the rest is shared by them.
SPARE_BYTES = BUFFER_BYTES // 4
# A token's few letters are the smallest part of what its event takes.
EVENT_BYTES = 160


class Reader(Protocol):
    """A position in a run, of somebody who waits for what comes after it."""

    position: int
    # The time of the event loop at which it wants to be woken in any case.
    until: float

    def hear(self, event: Event) -> bool:
        """Take the event that comes next, and move; False, unmoved, to be woken for it instead."""


class LiveRun:
    """A run as this process knows it: its latest events, and all of its text.

    Followers share one buffer and hold only a position, so a slow one costs nothing. ``last_seq`` is the
    number of the newest event. Belongs to one event loop.
    """

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.last_seq = 0
        self.has_ended = False
        self.is_closed = False
        self._events: list[Event] = []
        self._buffered_bytes = 0
        self._text: list[str] = []
        self._text_length = 0
        self._sources: Sequence[Source] = ()
        self._steps: Sequence[Step] = ()
        self._waiting: dict[Reader, asyncio.Future[None]] = {}
        self.follower_count = 0
        # Followers who came back from a lost connection.
        self.reconnects = 0

    @property
    def text(self) -> str:
        """The answer so far."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def held_bytes(self) -> int:
        """About what the run takes of this process's memory."""
        return self._buffered_bytes + self._text_length

    @property
    def work(self) -> Work:
        """The sources and steps so far."""
        return Work(sources=self._sources, steps=self._steps)

    def snapshot(self) -> Snapshot:
        """Return all that has been said as one fact."""
        return Snapshot(content=self.text, sources=self._sources, steps=self._steps)

    def resume(self, text: str, *, seq: int, work: Work) -> None:
        """Go on after an event that another process numbered, with the answer up to it."""
        self._text = [text]
        self._sources, self._steps = work.sources, work.steps
        self._text_length = len(text)
        self.last_seq = seq
        self._wake()

    def publish(self, fact: Fact) -> Event:
        """Number the fact, tell the followers, return its event."""
        event = event_of(self.last_seq + 1, fact)
        self._accept(event, fact)
        return event

    def say(self, text: str) -> Event:
        """Number more of the answer's text, tell the followers, return its event."""
        event = token_event(self.last_seq + 1, text)
        self._text.append(text)
        self._text_length += len(text)
        self._add(event)
        return event

    def relay(self, event: Event) -> bool:
        """Take over an event that another process numbered; False if one before it is missing.

        Only a snapshot may follow a gap: it replaces what was missed.
        """
        if event.seq <= self.last_seq:
            return True
        if event.seq != self.last_seq + 1 and event.type != Snapshot.type:
            return False
        self._accept(event, decode_fact(event.data))
        return True

    def take(self, after: int) -> Sequence[Event]:
        """Return at once what a follower at ``after`` lacks; a snapshot where the events are gone."""
        if after >= self.last_seq:
            return ()
        if after == self.last_seq - 1 and self._events:
            return self._events[-1:]
        first = self._events[0].seq if self._events else self.last_seq + 1
        if after + 1 >= first or (self._events and self._events[0].type == Snapshot.type):
            return self._events[max(0, after + 1 - first) :]
        telemetry().snapshot_sent()
        if self.has_ended:
            return (event_of(self.last_seq - 1, self.snapshot()), self._events[-1])
        return (event_of(self.last_seq, self.snapshot()),)

    async def wait(self, reader: Reader, *, alarm: Alarm | None = None) -> bool:
        """Return once there is something that the reader does not hear as it comes, or nothing more can come.

        True if neither is so, and its time has come, which is kept to within ``Hub.TICK_SECONDS``, or an
        alarm was rung.
        """
        loop = asyncio.get_running_loop()
        while self.last_seq <= reader.position and not self.is_closed:
            if alarm is not None and alarm.is_rung:
                return True
            waiter = self._waiting[reader] = loop.create_future()
            if alarm is not None:
                alarm.watch(waiter)
            try:
                await waiter
            finally:
                self._waiting.pop(reader, None)
            if self.last_seq <= reader.position and reader.until <= loop.time():
                return not self.is_closed
        return False

    def wake_patient(self, now: float) -> None:
        """Wake those whose time has come."""
        for reader, waiter in self._waiting.items():
            if reader.until <= now:
                _resolve(waiter)

    def close(self) -> None:
        """Say that no more events come here: followers go on elsewhere."""
        self.is_closed = True
        self._wake()

    def _accept(self, event: Event, fact: Fact) -> None:
        if type(fact) is Token:
            self._text.append(fact.content)
            self._text_length += len(fact.content)
        else:
            self._accept_other(fact)
            self.has_ended = event.is_terminal
        self._add(event)

    def _add(self, event: Event) -> None:
        self._events.append(event)
        self._buffered_bytes += len(event.data) + EVENT_BYTES
        self.last_seq = event.seq
        if self._buffered_bytes > BUFFER_BYTES + SPARE_BYTES:
            self._trim()
        for reader, waiter in self._waiting.items():
            # Who has been woken already has missed something, and has to take it in its turn.
            if not (waiter.done() or reader.hear(event)):
                waiter.set_result(None)

    def _accept_other(self, fact: Fact) -> None:
        match fact:
            case Snapshot(content=content, sources=sources, steps=steps):
                self._text, self._sources, self._steps = [content], sources, steps
                self._text_length = len(content)
                self._events.clear()
                self._buffered_bytes = 0
            case Sources(data=data):
                self._sources = data
            case Step():
                self._steps = with_step(self._steps, fact)
            case _:
                pass

    def _trim(self) -> None:
        excess = 0
        while self._buffered_bytes > BUFFER_BYTES and excess < len(self._events) - 1:
            self._buffered_bytes -= len(self._events[excess].data) + EVENT_BYTES
            excess += 1
        del self._events[:excess]

    def _wake(self) -> None:
        for waiter in self._waiting.values():
            _resolve(waiter)


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Hub:
    """The live runs of this process by their id."""

    # One timer for all followers: one for each event that somebody waits for would cost more than the event.
    TICK_SECONDS = 0.5

    def __init__(self) -> None:
        self._live: dict[UUID, LiveRun] = {}

    async def run(self) -> None:
        """Wake the followers that have heard nothing for long, as long as the process lives."""
        while True:
            await asyncio.sleep(self.TICK_SECONDS)
            # Elsewhere: a name in here would keep the last run alive until the next tick.
            self._wake_patient()

    def _wake_patient(self) -> None:
        now = asyncio.get_running_loop().time()
        for live in self._live.values():
            live.wake_patient(now)

    def open(self, run_id: UUID) -> LiveRun:
        """Return a new live run; followers of an earlier one with this id move to it."""
        earlier = self._live.get(run_id)
        live = self._live[run_id] = LiveRun(run_id)
        if earlier:
            earlier.close()
        return live

    @property
    def held_bytes(self) -> int:
        """About what all live runs take of this process's memory."""
        return sum(live.held_bytes for live in self._live.values())

    def get(self, run_id: UUID) -> LiveRun | None:
        """Return the run if it is live here."""
        return self._live.get(run_id)

    def close(self, live: LiveRun) -> None:
        """Forget a run; its followers hear what it still has, then go on elsewhere."""
        if self._live.get(live.run_id) is live:
            del self._live[live.run_id]
        live.close()
