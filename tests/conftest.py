"""What holds for every test; fixtures of one subject live in that folder's own conftest."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sharing import shared_folder

pytest_plugins = ["tests.fixtures_database", "tests.fixtures_services", "tests.fixtures_upstream"]

# A machine that does something else as well is slow, not wrong.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_configure() -> None:
    # Before the other processes are started.
    shared_folder()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait long; what is quick fills the processes at the end."""
    marks: dict[Path, set[str]] = defaultdict(set)
    for item in items:
        marks[item.path] |= {mark.name for mark in item.iter_markers()} & {"slow", "services"}
    items.sort(key=lambda item: len(marks[item.path]), reverse=True)
