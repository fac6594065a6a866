"""Which conversations changed, in any process: one query for all feeds of this one."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.bell import bell
from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.models import Conversation
from chat.models.run import from_now
from chat.runs.alarm import Alarm

# A change is seen when it is committed, which is later than the time it bears: look back by as much.
OVERLAP_SECONDS = 10.0
# Many changes at once cost a few looks, not one each.
REST_SECONDS = 0.03
RETRY_SECONDS = 1.0

Change = tuple[UUID, Any, datetime]

logger = logging.getLogger("chat.runs")


class Ear:
    """What one feed has not heard yet: the ids of conversations, each once however often it changed."""

    __slots__ = ("alarm", "changed")

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
        self.changed: set[UUID] = set()

    def take(self) -> frozenset[UUID]:
        """Return what changed, and forget it."""
        taken = frozenset(self.changed)
        self.changed.clear()
        return taken


class Changes:
    """Looks every ``FEED_POLL_SECONDS``, and at once when something changed here; only while feeds listen."""

    def __init__(self) -> None:
        self._ears: defaultdict[Any, set[Ear]] = defaultdict(set)
        self._is_listened_to = asyncio.Event()
        self._bell = asyncio.Event()
        self._told: dict[UUID, datetime] = {}
        self._looked_at = float("-inf")

    @contextmanager
    def heard_by(self, ear: Ear, owner_id: Any, shown: UUID | None) -> Iterator[None]:
        """Tell the ear of the owner's conversations, and of the shown one whosever it is."""
        # Ids of people and of conversations never equal each other: people's are their own kind of key.
        keys = [("owner", owner_id), ("conversation", shown)]
        for key in keys:
            self._ears[key].add(ear)
        self._is_listened_to.set()
        try:
            yield
        finally:
            for key in keys:
                self._ears[key].discard(ear)
                if not self._ears[key]:
                    del self._ears[key]
            if not self._ears:
                self._is_listened_to.clear()

    def wake_all(self) -> None:
        """Ring every alarm: this process is about to end."""
        for ears in self._ears.values():
            for ear in ears:
                ear.alarm.ring()

    async def run(self) -> None:
        """Look for as long as the process lives."""
        bell.listen(self._bell.set)
        try:
            while True:
                await self._is_listened_to.wait()
                self._bell.clear()
                try:
                    await self._look()
                except TRANSIENT_ERRORS as error:
                    logger.warning("feeds wait for the database (%s)", type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)
                await asyncio.sleep(REST_SECONDS)
                await self._rest()
        finally:
            bell.leave()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(chat_settings().FEED_POLL_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        began_at = asyncio.get_running_loop().time()
        # After a time without database, or without feeds: whoever listens since then asked for itself.
        away_seconds = min(began_at - self._looked_at, 60.0)
        changes = await in_database(_changed_within, away_seconds + OVERLAP_SECONDS)
        self._looked_at = began_at
        for conversation_id, owner_id, changed_at in changes:
            if self._told.get(conversation_id) != changed_at:
                self._tell(conversation_id, owner_id)
        self._told = {conversation_id: changed_at for conversation_id, _, changed_at in changes}

    def _tell(self, conversation_id: UUID, owner_id: Any) -> None:
        for key in (("owner", owner_id), ("conversation", conversation_id)):
            for ear in self._ears.get(key, ()):
                ear.changed.add(conversation_id)
                ear.alarm.ring()


def _changed_within(seconds: float) -> Sequence[Change]:
    # Not only of those who listen here: what changed in these seconds is less than a list of them all.
    changed = Conversation.objects.filter(changed_at__gt=from_now(-seconds)).order_by("changed_at")
    return list(changed.values_list("pk", "owner_id", "changed_at"))
