"""Tabs hear an answer whole over their feeds, whatever becomes of the processes that tell it."""

import pytest

from tests.faults.conftest import NewFleet, Tell

pytestmark = [pytest.mark.services, pytest.mark.slow]


async def test_tabs_hear_the_answer_of_a_killed_worker_to_its_end(new_fleet: NewFleet, tell: Tell) -> None:
    doomed, other = (fleet := new_fleet(2)).workers
    telling = await tell(fleet, doomed, words=120)
    telling.follow(doomed, feed=True)
    telling.follow(other, feed=True)
    telling.follow(other, doomed, feed=True, hops_after=7)
    await telling.heard(20)

    doomed.kill()

    await telling.conclude(status="completed", calls=2)


async def test_tabs_of_one_worker_hear_on_when_it_is_killed_and_started_again(
    new_fleet: NewFleet, tell: Tell
) -> None:
    (only,) = (fleet := new_fleet(1)).workers
    telling = await tell(fleet, only, words=120)
    telling.follow(only, feed=True)
    await telling.heard(20)

    only.kill()
    only.start()

    await telling.conclude(status="completed", calls=2)
