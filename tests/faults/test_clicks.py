"""Equal clicks at many workers at once, and a Stop at the very moment of the end."""

import asyncio
from random import Random

import pytest

from tests.faults.browser import Browser
from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet
from tests.faults.model import ScriptedModel, new_story

pytestmark = [pytest.mark.services, pytest.mark.slow]

CLICKS = 50
RACES = 200
AT_ONCE = 25


@pytest.fixture(scope="module")
def fleet(new_fleet: NewFleet) -> Fleet:
    return new_fleet(4, log="redis")


async def test_fifty_equal_clicks_at_four_workers_are_one_turn(fleet: Fleet, model: ScriptedModel) -> None:
    story = new_story(words=20, rate=0)
    browser = Browser(fleet.member, fleet.ports())
    conversation_id = await browser.new_conversation()

    async def click(number: int) -> str:
        ports = fleet.ports(fleet.workers[number % len(fleet.workers)])
        return await browser.post_turn(conversation_id, story.script, click="the-same", ports=ports)

    run_ids = await asyncio.gather(*(click(number) for number in range(CLICKS)))

    assert len(set(run_ids)) == 1
    assert len(await model.calls(story.script)) == 1
    await browser.aclose()


async def test_a_stop_at_the_moment_of_the_end_leaves_one_end(fleet: Fleet, tell: Tell) -> None:
    chance = Random(20)

    async def race(rate: float) -> str:
        here, elsewhere, *_ = chance.sample(fleet.workers, len(fleet.workers))
        telling = await tell(fleet, here, words=2, rate=rate)
        telling.follow(here)
        telling.follow(elsewhere)
        await telling.heard(1)
        # The last word comes after half of this, the end after all of it.
        await asyncio.sleep(chance.uniform(0, 1.1) * 2 / rate)
        await telling.stop(here)
        return (await telling.conclude(status=None)).status

    ends: list[str] = []
    rate = 2.0
    for _ in range(RACES // AT_ONCE):
        ends += await asyncio.gather(*(race(rate) for _ in range(AT_ONCE)))
        # A busy machine is late with each Stop: it gets answers that take longer.
        rate = rate if "cancelled" in ends else rate / 2

    assert set(ends) == {"completed", "cancelled"}
