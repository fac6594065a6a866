"""Every fault of a provider, behind two workers: one end, with its code, for whoever follows wherever."""

import asyncio

import pytest

from chat.protocol.events import Error
from tests.faults.conftest import NewFleet, Tell
from tests.faults.fleet import Fleet
from tests.faults.history import check_end, check_followers
from tests.providers.test_openai_faults import FAULTS, Fault

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def fleet(new_fleet: NewFleet) -> Fleet:
    """Two workers that do not wait long for a model that is silent, but longer than a busy machine is."""
    return new_fleet(2, log="redis", changes={"FIRST_CHUNK_TIMEOUT_SECONDS": 8, "IDLE_TIMEOUT_SECONDS": 3})


async def test_each_fault_is_one_end_with_its_code_and_keeps_the_text(fleet: Fleet, tell: Tell) -> None:
    here, elsewhere = fleet.workers

    async def survive(fault: Fault) -> None:
        telling = await tell(fleet, here, script=fault.script)
        telling.follow(here)
        telling.follow(elsewhere)
        telling.follow(elsewhere, socket=True)
        stored = await telling.ended()
        check_followers(telling.followers, stored)
        check_end(telling.followers[0], stored)
        end = telling.followers[0].held.end
        assert isinstance(end, Error), fault.script
        assert (end.code, stored.content) == (fault.expected.code, fault.text), fault.script

    await asyncio.gather(*(survive(fault) for fault in FAULTS))
    assert "sk-quoted" not in fleet.log()
