"""A PostgreSQL of the tests' own, with a database for each site, copied from one that is migrated."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from bench.postgres import Cluster, new_cluster
from bench.processes import ROOT
from tests.services.service import Service

TEMPLATE = "migrated"
RECOVERY_SECONDS = 60.0
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.site_settings"}


class Postgres(Service):
    """The server; ``new_database`` makes what a site can use at once."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(
            cluster.command, port=cluster.port, user=cluster.user, stop_signal=cluster.stop_signal
        )
        self._cluster = cluster
        self._numbers = count(1)

    def start(self) -> None:
        """Start it and wait until it answers: it listens before it has recovered from a crash."""
        super().start()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def url(self, name: str, *, port: int | None = None) -> str:
        """Return a database's address, through a proxy's port if one is given."""
        return self._cluster.url(name).replace(f":{self.port}/", f":{port or self.port}/")

    def migrate(self) -> None:
        """Make the database that the others are copies of: migrated, with the demo accounts."""
        self.execute("CREATE DATABASE " + TEMPLATE)
        for command in (["migrate", "--verbosity", "0"], ["demo_accounts"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env={**SETTINGS, "DATABASE_URL": self.url(TEMPLATE), "DEBUG": "1"},
                check=True,
                capture_output=True,
            )

    def new_database(self) -> str:
        """Make a database and return its name."""
        name = f"site{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def kill_connections(self, name: str) -> None:
        """End all connections to a database from the server's side."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)

    def connection_count(self, name: str) -> int:
        """Return how many clients are connected to a database."""
        found = self.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", name)
        return int(found[0][0])

    def execute(self, statement: str, *values: object, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the server's owner, outside of a transaction."""
        with psycopg.connect(self._cluster.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Serve a fresh cluster, with the template in it, until the end of the block."""
    with new_cluster(durable=False) as cluster:
        postgres = Postgres(cluster)
        postgres.start()
        try:
            postgres.migrate()
            yield postgres
        finally:
            postgres.stop()
