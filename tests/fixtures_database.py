"""The tests' database: a copy of one that is migrated, emptied after each test that commits."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from os import environ
from typing import Protocol
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase

from tests.serving import migrated_database
from tests.sharing import new_place

# What migrations make once and for all: of the rows of the others, none outlives a test.
KEPT = (ContentType, Permission, MigrationRecorder.Migration)


class Blocker(Protocol):
    """What pytest-django keeps tests from the database with."""

    def unblock(self) -> AbstractContextManager[None]: ...


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """Begin with a copy: to migrate an empty database takes as long as two hundred tests.

    Other sites than the demo site, those of tests/sites, have other tables, and migrate their own.
    """
    if settings.SETTINGS_MODULE != "tests.site_settings":
        return False
    test_settings = connection.settings_dict["TEST"]
    if connection.vendor == "sqlite":
        test_settings["NAME"] = new_place("tests.sqlite3")
        shutil.copy(migrated_database(), test_settings["NAME"])
        return True
    # scripts/with_postgres.py names one.
    test_settings["TEMPLATE"] = environ.get("TEMPLATE_DATABASE")
    return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[None]:
    """Empty tables in our own way, and end what threads still hold.

    Django's makes all permissions anew after each test: 30 ms, where this takes two. PostgreSQL drops no
    database that somebody is connected to.
    """
    with patch.object(TransactionTestCase, "_fixture_teardown", lambda _case: empty_tables()):
        yield
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


def empty_tables() -> None:
    """Delete what tests stored: constraints are looked at in the end, so the order is any."""
    kept = {model._meta.db_table for model in KEPT}
    tables = set(connection.introspection.django_table_names(include_views=False)) - kept
    with transaction.atomic(), connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
