"""A run begins in the process that stores it, whether or not anybody waits for it there."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.models import Conversation, Run
from chat.permissions import OwnerPolicy
from chat.runs.dispatch import close_dispatcher, current_dispatcher
from tests.runs.conftest import hear, stored
from tests.waiting import PATIENCE_SECONDS, wait_until

ASKED, MAY_GO_ON = threading.Event(), threading.Event()


class HesitatingPolicy(OwnerPolicy):
    """Takes its time while a turn is stored."""

    def may_post(self, user: Any, conversation: Conversation) -> bool:
        ASKED.set()
        MAY_GO_ON.wait(PATIENCE_SECONDS)
        return super().may_post(user, conversation)


@pytest.fixture
def hesitating(configure: Callable[..., None]) -> Iterator[None]:
    ASKED.clear()
    MAY_GO_ON.clear()
    configure(POLICY=f"{__name__}.HesitatingPolicy", RECOVERY_SECONDS=0.05)
    yield
    MAY_GO_ON.set()


async def test_a_run_is_stored_as_claimed_by_the_process_that_stored_it(say: Callable[..., Any]) -> None:
    turn = await say("/stall")

    run = await stored(turn)

    assert (run.status, run.fence, run.attempt) == (Run.Status.RUNNING, 1, 1)
    assert run.lease_owner == current_dispatcher().owner
    assert run.lease_expires_at is not None
    assert run.started_at is not None
    assert run.model == "echo"


async def test_a_turn_is_answered_whose_sender_left_while_it_was_stored(
    hesitating: None, say: Callable[..., Any]
) -> None:
    sending = asyncio.create_task(say("Hello"))
    await wait_until(ASKED.is_set)

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    MAY_GO_ON.set()

    await wait_until(Run.objects.filter(status=Run.Status.COMPLETED, attempt=1).aexists)


async def test_a_turn_that_was_stored_while_the_process_ended_is_the_next_ones(
    hesitating: None, say: Callable[..., Any]
) -> None:
    current_dispatcher()
    sending = asyncio.create_task(say("Hello"))
    await wait_until(ASKED.is_set)

    await close_dispatcher()
    MAY_GO_ON.set()
    turn = await sending

    assert (await hear(turn.run.pk))[-1].is_terminal
    run = await stored(turn)
    assert (run.status, run.attempt) == (Run.Status.COMPLETED, 2)
