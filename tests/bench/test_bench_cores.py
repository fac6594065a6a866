"""A round begins on a core at rest."""

from collections.abc import Callable, Iterator

import pytest

from bench import cores


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "REST_SECONDS", 0.01)
    monkeypatch.setattr(cores, "PATIENCE_SECONDS", 0.05)


def worked(*readings: float) -> Callable[[int], float]:
    """A core whose account says this, one look after the other."""
    remaining: Iterator[float] = iter(readings)
    return lambda core: next(remaining)


async def test_a_core_is_at_rest_once_hardly_anybody_works_on_it() -> None:
    assert await cores.at_rest(0, busy=worked(1.0, 1.01, 1.01, 1.02, 1.02, 1.0205))


async def test_a_core_that_works_for_ever_is_not_waited_for_for_ever() -> None:
    assert not await cores.at_rest(0, busy=worked(*range(10)))
