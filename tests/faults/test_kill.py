"""A worker is killed while it answers, with followers on it and on others."""

import pytest

from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def fleet(new_fleet: NewFleet) -> Fleet:
    """Three workers that do not take over."""
    return new_fleet(3, takes_over=False)


async def test_without_take_over_the_answer_ends_as_interrupted_within_15_seconds(
    fleet: Fleet, tell: Tell
) -> None:
    doomed, other, _ = fleet.workers
    telling = await tell(fleet, doomed, words=4000)
    telling.follow(doomed)
    telling.follow(other)
    telling.follow(other, socket=True)
    await telling.heard(40)

    doomed.kill()

    try:
        stored = await telling.conclude(status="interrupted", within_seconds=15)
    finally:
        doomed.start()
    assert stored.content.count(" ") >= 40
