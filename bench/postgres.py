"""A PostgreSQL for the length of a block: for measurements and tests, away from any that is there."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import psycopg
from psycopg import sql

from bench.processes import Server, free_port, running

# The server refuses to run as root; the package makes this account for it.
ACCOUNT = "postgres"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An empty database that trusts whoever connects from this machine."""

    url: str
    server: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The files of a PostgreSQL that is not running yet, and how it is started."""

    command: Sequence[str | Path]
    port: int
    # The account that it has to run as; none where this process is not root's.
    user: str | None
    # PostgreSQL's fast shutdown: it does not wait for its clients.
    stop_signal: signal.Signals = signal.SIGINT

    def url(self, name: str = "postgres") -> str:
        """Return where a client finds the database of that name."""
        return f"postgres://chat@127.0.0.1:{self.port}/{name}"


@contextmanager
def temporary_postgres(*, core: int | None = None, durable: bool = True) -> Iterator[Database]:
    """Make a cluster in a temporary folder, serve it on a free port, remove it at the end."""
    with new_cluster(durable=durable) as cluster:
        started = running(
            cluster.command, port=cluster.port, user=cluster.user, stop_signal=cluster.stop_signal, core=core
        )
        with started as server:
            yield Database(url=cluster.url(), server=server)


@contextmanager
def new_cluster(*, durable: bool = True) -> Iterator[Cluster]:
    """Make a cluster in a temporary folder, for a free port; remove it at the end.

    One that is not ``durable`` survives a killed server, but no power cut: it waits for no disk.
    """
    binaries = _binaries()
    user = ACCOUNT if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = Path(folder) / "data"
        options = ["--auth=trust", "--username=chat", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [binaries / "initdb", "--pgdata", data, *options],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        port = free_port()
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder]
        if not durable:
            command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        yield Cluster(command=command, port=port, user=user)


def new_database(server_url: str, name: str, *, template: str = "template1") -> str:
    """Make another database on the server, which may have just begun to listen; return its address."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(server_url, autocommit=True) as connection:
                connection.execute(statement)
        except psycopg.OperationalError:
            # It listens before it has read its files.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return f"{server_url.rpartition('/')[0]}/{name}"


def _binaries() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(installed[-1]) if installed else which("initdb")
    if found is None:
        raise RuntimeError("PostgreSQL is not installed")
    return Path(found).parent
