"""Keeps the leases of this process's runs, and hears what other processes ask of them."""

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.runs.engine import Execution, StopReason
from chat.runs.records import cancel_requests, renew_leases

# A lease is renewed three times before it would run out: one renewal may fail.
RENEWALS_PER_LEASE = 3

logger = logging.getLogger("chat.runs")


class LeaseKeeper:
    """One timer and one or two statements for all runs of the process."""

    def __init__(self, owner: UUID, executions: Mapping[UUID, Execution]) -> None:
        self._owner = owner
        self._executions = executions
        self._renewed_at = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Look after the runs for as long as the process lives."""
        interval = chat_settings().CANCEL_POLL_SECONDS
        while True:
            await asyncio.sleep(interval)
            self._stop_silent()
            if not self._executions:
                continue
            try:
                await self._hear_cancels()
                await self._renew()
            except TRANSIENT_ERRORS as error:
                # A lease that runs out meanwhile is still ours if nobody has taken it.
                logger.warning("leases not renewed (%s)", type(error).__name__)

    def _stop_silent(self) -> None:
        # Not in the loop above: its variable would keep the last run in memory.
        for execution in list(self._executions.values()):
            execution.stop_if_silent()

    async def _hear_cancels(self) -> None:
        for run_id in await in_database(cancel_requests, list(self._executions)):
            self._stop(run_id, StopReason.CANCELLED)

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        lease_seconds = chat_settings().LEASE_SECONDS
        if now - self._renewed_at < lease_seconds / RENEWALS_PER_LEASE:
            return
        begun = [run_id for run_id, execution in self._executions.items() if execution.is_claimed]
        held = await in_database(renew_leases, self._owner, begun, lease_seconds=lease_seconds)
        self._renewed_at = now
        for run_id in set(begun) - held:
            self._stop(run_id, StopReason.LEASE_LOST)

    def _stop(self, run_id: UUID, reason: StopReason) -> None:
        execution = self._executions.get(run_id)
        if execution:
            execution.stop(reason)
