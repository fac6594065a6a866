"""Executes the doctor's run in this process, so that the site follows a run of somebody else.

No dispatcher: its recovery would answer members' abandoned runs with the doctor's script.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from threading import Thread
from typing import cast
from uuid import UUID

from chat.conf import chat_settings
from chat.eventlog.base import EventLog
from chat.providers.base import Chunk, Prompt, TextChunk
from chat.providers.echo import EchoProvider
from chat.runs.dispatch import cancelled
from chat.runs.engine import Execution, StopReason
from chat.runs.hub import Hub
from chat.runs.journal import Journal
from chat.runs.leases import LeaseKeeper

PACE_MS = 250
WORDS = ("one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight")
TEXT = "".join(WORDS)
# What the echo provider is asked, and what a reviewer would read.
QUESTION = f"/slow {PACE_MS}\n/repeat {TEXT}"


class ScriptedProvider(EchoProvider):
    """Says the script, silent for a while before the last word; ``said_at`` are the words' times."""

    def __init__(self, *, silence_seconds: float) -> None:
        super().__init__(model_name="chat-doctor")
        self.said_at: list[float] = []
        self._silence_seconds = silence_seconds

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield the words."""
        async with aclosing(super().stream(prompt)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextChunk):
                    if len(self.said_at) == len(WORDS) - 1:
                        await asyncio.sleep(self._silence_seconds)
                    self.said_at.append(time.monotonic())
                yield chunk


class Speech:
    """One run, executed in a thread of its own. ``failure`` is what broke it, if anything did."""

    def __init__(self, run_id: UUID, *, owner: UUID, silence_seconds: float) -> None:
        self.failure: BaseException | None = None
        self.log_read_seconds: float | None = None
        self._provider = ScriptedProvider(silence_seconds=silence_seconds)
        self._run_id = run_id
        self._owner = owner
        self._loop: asyncio.AbstractEventLoop | None = None
        self._execution: Execution | None = None
        self._thread = Thread(target=self._run, name="chat-doctor-speech", daemon=True)
        self._thread.start()

    @property
    def said_at(self) -> list[float]:
        """When each word was said, by the monotonic clock."""
        return self._provider.said_at

    def finish(self) -> None:
        """Wait until the run is committed and its log is written."""
        self._thread.join()

    def stop(self) -> None:
        """End the run where it is, as a member's stop would, and wait for that."""
        if self._loop is not None and self._execution is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._execution.stop, StopReason.CANCELLED)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._speak())
        except Exception as error:  # noqa: BLE001 - whatever it is, the main thread reports it
            self.failure = error

    async def _speak(self) -> None:
        settings = chat_settings()
        log = cast("EventLog", settings.EVENT_LOG.create())
        journal = Journal(
            log,
            interval_seconds=settings.LOG_INTERVAL_MS / 1000,
            checkpoint_seconds=settings.CHECKPOINT_SECONDS,
            on_lease_lost=lambda _run_id: execution.stop(StopReason.LEASE_LOST),
        )
        live = Hub().open(self._run_id)
        execution = Execution(live, provider=self._provider, journal=journal, owner=self._owner)
        keeper = LeaseKeeper(self._owner, {self._run_id: execution})
        background = [asyncio.create_task(work) for work in (journal.run(), keeper.run())]
        self._loop, self._execution = asyncio.get_running_loop(), execution
        try:
            await execution.execute()
            await journal.flush()
            began_at = time.monotonic()
            if await log.read({self._run_id: 0}):
                self.log_read_seconds = time.monotonic() - began_at
        finally:
            await cancelled(*background)
            await log.aclose()


@contextmanager
def speaking(run_id: UUID, *, owner: UUID, silence_seconds: float) -> Iterator[Speech]:
    """Begin to speak; leaving early stops the run."""
    speech = Speech(run_id, owner=owner, silence_seconds=silence_seconds)
    try:
        yield speech
    finally:
        speech.stop()


def forget_events(run_id: UUID) -> None:
    """Drop the run from the event log."""

    async def drop() -> None:
        log = cast("EventLog", chat_settings().EVENT_LOG.create())
        try:
            await log.drop([run_id])
        finally:
            await log.aclose()

    asyncio.run(drop())
