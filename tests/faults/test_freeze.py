"""A worker is frozen for longer than its lease, and wakes up among those who went on without it."""

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]


async def test_a_zombie_changes_nothing(new_fleet: NewFleet, tell: Tell) -> None:
    zombie, other = (fleet := new_fleet(2, changes={"LEASE_SECONDS": 2, "RECOVERY_SECONDS": 0.2})).workers
    telling = await tell(fleet, zombie, words=250)
    stuck = telling.follow(zombie)
    telling.follow(other)
    await telling.heard(20)

    zombie.pause()
    await wait_until(telling.was_asked_again)
    # It wakes up while the other one is in the middle of the answer.
    zombie.resume()

    # The model went on talking to the frozen one: how much of that was in vain says nothing.
    await telling.conclude(status="completed", calls=None)
    assert len(await telling.calls()) == 2
    assert stuck.held.content == telling.story.text
    await wait_until(lambda: "run is another's now" in zombie.log())
