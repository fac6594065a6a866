"""What a process does in the background ends when it is told to."""

import asyncio

import pytest

from chat.runs import dispatch
from tests.waiting import PATIENCE_SECONDS


async def test_a_task_that_missed_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "CANCEL_AGAIN_SECONDS", 0.01)

    async def miss_the_first() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(miss_the_first())
    await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await dispatch.cancelled(task)

    assert task.cancelled()
