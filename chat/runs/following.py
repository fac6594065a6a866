"""The only way to follow a run: from the hub if it is live here, else from the log, else from its row."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from chat.protocol.events import Event
from chat.runs.dispatch import current_dispatcher
from chat.runs.stored import events_of_ended, stored_run
from chat.telemetry import telemetry


async def follow_run(run_id: UUID, *, after: int = 0) -> AsyncGenerator[Event, None]:
    """Yield the run's events with ``seq > after``: first the past, then live.

    A follower that cannot continue from ``after`` gets one snapshot and goes on from there. Ends after
    the terminal event. Cancelling stops following, never the run. Close it with ``aclosing``. Raises
    RunNotFound.
    """
    async with aclosing(follow_batches(run_id, after=after)) as batches:
        async for events in batches:
            for event in events:
                yield event


async def follow_batches(
    run_id: UUID, *, after: int = 0, silence_seconds: float | None = None
) -> AsyncGenerator[Sequence[Event], None]:
    """Like ``follow_run``, with all that is ready at a time: for doors that write it in one go.

    With ``silence_seconds``, yields an empty sequence after so long without an event.
    """
    dispatcher = current_dispatcher()
    while True:
        live = dispatcher.hub.get(run_id)
        if live is None:
            stored = await stored_run(run_id)
            if stored.terminal is not None:
                events = await events_of_ended(stored, run_id, after=after, log=dispatcher.log)
                if events:
                    yield events
                return
            if dispatcher.is_draining:
                # The follower asks again, and is heard by another process.
                return
            live = await dispatcher.relays.open(run_id, stored)
        async with aclosing(live.follow(after, silence_seconds=silence_seconds)) as batches:
            async for events in batches:
                yield events
                if events:
                    after = events[-1].seq
                    if events[-1].is_terminal:
                        return


async def events_after(run_id: UUID, *, after: int, wait_seconds: float) -> Sequence[Event]:
    """Return what is there after a position, or what comes first within the time. Raises RunNotFound."""
    async with aclosing(follow_batches(run_id, after=after)) as batches:
        try:
            # What is there already may take a look into the database.
            async with asyncio.timeout(max(wait_seconds, 1.0)):
                # Not a default of (): SystemError before Python 3.12.9 and 3.13.2 (cpython issue 128078).
                return await anext(batches, None) or ()
        except TimeoutError:
            return ()


def note_return(run_id: UUID, *, door: str) -> None:
    """Count a follower who came back from a lost connection, on the run too if it is live here."""
    live = current_dispatcher().hub.get(run_id)
    if live is not None:
        live.reconnects += 1
    telemetry().follower_returned(door)


async def has_ended_by(run_id: UUID, after: int) -> bool:
    """True if a follower at this position has heard the run's end too. Raises RunNotFound."""
    live = current_dispatcher().hub.get(run_id)
    if live is not None:
        return live.has_ended and after >= live.last_seq
    terminal = (await stored_run(run_id)).terminal
    return terminal is not None and after >= terminal.seq
