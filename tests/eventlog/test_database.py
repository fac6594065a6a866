"""What only the database log can know."""

from uuid import uuid4

import pytest

from chat.eventlog.base import Batch, Refusal
from chat.eventlog.database import DatabaseEventLog
from chat.protocol.codec import event_of
from chat.protocol.events import Token


@pytest.mark.django_db(transaction=True)
async def test_a_deleted_run_counts_as_lost() -> None:
    run_id = uuid4()
    said = Batch(run_id=run_id, fence=1, events=[event_of(1, Token(content="a"))])

    assert await DatabaseEventLog().append([said]) == {run_id: Refusal.LEASE_LOST}
