"""Fixtures of every test; those of one subject live in that folder's own conftest."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest
from django.db import connection

pytest_plugins = ["tests.fixtures_services", "tests.fixtures_upstream"]


class Blocker(Protocol):
    """What pytest-django keeps tests from the database with."""

    def unblock(self) -> AbstractContextManager[None]: ...


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait long; what is quick fills the processes at the end."""
    waiting = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[None]:
    """End what threads still hold: PostgreSQL drops no database that somebody is connected to."""
    yield
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")
