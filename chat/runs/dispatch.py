"""Owns all that a process runs in the background: executions, journal, leases, recovery, relays."""

import asyncio
import contextvars
import logging
import uuid
from collections.abc import Coroutine
from typing import Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.eventlog.base import EventLog
from chat.exceptions import LeaseLost
from chat.followers import followers
from chat.models import Run
from chat.providers.base import Provider
from chat.runs.changes import Changes
from chat.runs.engine import Execution, StopReason
from chat.runs.hub import Hub
from chat.runs.journal import Journal
from chat.runs.leases import LeaseKeeper
from chat.runs.prompt import NewRun
from chat.runs.records import Checkpoint, Claim, release_run
from chat.runs.recovery import Recovery
from chat.runs.relays import Relays
from chat.runs.titles import Titles
from chat.telemetry import Vitals, telemetry

# What handing over may take after the grace; a supervisor kills soon after.
HAND_OVER_SECONDS = 8.0
CANCEL_AGAIN_SECONDS = 2.0

logger = logging.getLogger("chat.runs")


class Dispatcher:
    """The root of what a process does for its runs; one for each event loop.

    Runs are tasks in a clean context: one that inherited a request's would keep its thread and its
    database connection.
    """

    def __init__(self) -> None:
        settings = chat_settings()
        self.owner = uuid.uuid4()
        self.hub = Hub()
        self.log = cast("EventLog", settings.EVENT_LOG.create())
        self.provider = cast("Provider", settings.PROVIDER.create())
        self.relays = Relays(self.hub, self.log)
        self.changes = Changes()
        self._journal = Journal(
            self.log,
            interval_seconds=settings.LOG_INTERVAL_MS / 1000,
            checkpoint_seconds=settings.CHECKPOINT_SECONDS,
            on_lease_lost=lambda run_id: self.stop(run_id, StopReason.LEASE_LOST),
            on_told=self.hub.close,
        )
        self._executions: dict[UUID, Execution] = {}
        self._runs: set[asyncio.Task[None]] = set()
        self._titles = Titles(self.provider)
        self._titling: set[asyncio.Task[None]] = set()
        # No new runs are begun, and followers of runs that are not live here are sent elsewhere.
        self.is_draining = False
        self._background = [
            self._spawn(self._journal.run()),
            self._spawn(LeaseKeeper(self.owner, self._executions).run()),
            self._spawn(self.relays.run()),
            self._spawn(self.changes.run()),
            self._spawn(self.hub.run()),
            self._spawn(telemetry().watch(self.vitals)),
        ]
        recovery = Recovery(
            self.owner,
            self.log,
            submit=self.submit,
            executed_here=self._executions,
            vendor=self.provider.vendor,
        )
        self._recovery = self._spawn(recovery.run())

    @property
    def is_full(self) -> bool:
        """True if this process has all the runs that it may have."""
        limits = chat_settings()
        too_many = limits.MAX_ACTIVE_RUNS and len(self._executions) >= limits.MAX_ACTIVE_RUNS
        return bool(too_many or (limits.MAX_HUB_BYTES and self.hub.held_bytes >= limits.MAX_HUB_BYTES))

    def vitals(self) -> Vitals:
        """Return what this process holds at this moment."""
        return Vitals(
            active_runs=len(self._executions),
            followers=followers.by_door(),
            hub_bytes=self.hub.held_bytes,
            journal_bytes=self._journal.held_bytes,
            log_delay_seconds=self._journal.delay_seconds,
        )

    def claim(self) -> Claim | None:
        """Return what a run is stored with that ``begin`` will be given; none while this process drains."""
        if self.is_draining:
            return None
        return Claim(
            owner=self.owner,
            lease_seconds=chat_settings().LEASE_SECONDS,
            default_model=self.provider.model_name,
        )

    def begin(self, new: NewRun) -> None:
        """Begin a run that was stored here with a claim; give it up where the drain was quicker."""
        if self.is_draining:
            self._run(self._give_up(new.run))
        else:
            self._submit(new.run.pk, new)

    def submit(self, run_id: UUID) -> bool:
        """Begin a queued run here, or go on with it; again is nothing.

        False if it is left to another process: this one is draining, or full.
        """
        if run_id in self._executions:
            return True
        if self.is_draining or self.is_full:
            return False
        self._submit(run_id)
        return True

    def note_return(self, run_id: UUID) -> None:
        """Count a follower who came back to a run, wherever that is executed."""
        if execution := self._executions.get(run_id):
            execution.live.reconnects += 1
        else:
            self.relays.note_return(run_id)

    def stop(self, run_id: UUID, reason: StopReason) -> None:
        """Stop a run if it is executed here."""
        execution = self._executions.get(run_id)
        if execution:
            execution.stop(reason)

    async def drain(self, *, grace_seconds: float) -> None:
        """Begin nothing new; let the runs finish for so long, then hand them over, or end them."""
        self.is_draining = True
        await cancelled(self._recovery)
        self.relays.close_all()
        self.changes.wake_all()
        if self._runs:
            await asyncio.wait(self._runs, timeout=grace_seconds)
        for execution in self._executions.values():
            execution.stop(StopReason.SHUTDOWN)
        if self._runs:
            _, unable = await asyncio.wait(self._runs, timeout=HAND_OVER_SECONDS)
            # The database is away: their leases run out, and the log has what they said.
            await cancelled(*unable)
        await self._journal.flush()

    async def aclose(self, *, grace_seconds: float = 0) -> None:
        """Drain, then end the background tasks and release the provider and the log."""
        await self.drain(grace_seconds=grace_seconds)
        # A title is worth no wait: the first words stay.
        await cancelled(*self._background, *self._titling)
        await self.provider.aclose()
        await self.log.aclose()

    def _submit(self, run_id: UUID, new: NewRun | None = None) -> None:
        live = self.hub.open(run_id)
        execution = Execution(live, provider=self.provider, journal=self._journal, owner=self.owner, new=new)
        self._executions[run_id] = execution
        self._run(self._execute(execution))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._spawn(work)
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)

    async def _give_up(self, run: Run) -> None:
        message = run.message
        as_stored = Checkpoint(
            run_id=run.pk,
            message_id=message.pk,
            fence=run.fence,
            text=message.content,
            seq=0,
            work=message.work,
        )
        try:
            await in_database(release_run, as_stored)
        except (LeaseLost, *TRANSIENT_ERRORS) as error:
            # Its lease runs out.
            logger.warning("run %s not given up (%s)", run.pk, type(error).__name__)

    async def _execute(self, execution: Execution) -> None:
        try:
            await execution.execute()
        except Exception:
            # The lease runs out, and recovery ends the run.
            logger.exception("execution of run %s broke", execution.live.run_id)
        finally:
            del self._executions[execution.live.run_id]
            # Until the log has the end of it, the next follower finds it nowhere else.
            if execution.ended is None or not self._journal.carries(execution.live.run_id):
                self.hub.close(execution.live)
        if execution.ended is not None and self._titles.wants(execution.ended) and not self.is_draining:
            task = self._spawn(self._titles.give(execution.ended))
            self._titling.add(task)
            task.add_done_callback(self._titling.discard)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


async def cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for their end; what they raise is not raised here."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        # Python 3.11's wait_for, which redis-py calls, drops a cancellation that comes as its work ends.
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


_dispatchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Dispatcher] = WeakKeyDictionary()


def current_dispatcher() -> Dispatcher:
    """Return the dispatcher of the running event loop, and start it if there is none yet."""
    loop = asyncio.get_running_loop()
    dispatcher = _dispatchers.get(loop)
    if dispatcher is None:
        dispatcher = _dispatchers[loop] = Dispatcher()
    return dispatcher


async def close_dispatcher(*, grace_seconds: float = 0) -> None:
    """End the running event loop's dispatcher, if it has one."""
    dispatcher = _dispatchers.pop(asyncio.get_running_loop(), None)
    if dispatcher is not None:
        await dispatcher.aclose(grace_seconds=grace_seconds)
