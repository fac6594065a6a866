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

    async def race() -> str:
        here, elsewhere, *_ = chance.sample(fleet.workers, len(fleet.workers))
        telling = await tell(fleet, here, words=2, rate=2)
        telling.follow(here)
        telling.follow(elsewhere)
        await telling.heard(1)
        # The last word comes after 500 ms, the end after 500 more; a busy machine is late with a Stop.
        await asyncio.sleep(chance.uniform(0, 1.1))
        await telling.stop(here)
        return (await telling.conclude(status=None)).status

    ends = []
    for _ in range(RACES // AT_ONCE):
        ends += await asyncio.gather(*(race() for _ in range(AT_ONCE)))

    assert set(ends) == {"completed", "cancelled"}
