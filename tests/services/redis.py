"""A Redis of the tests' own: real, in a temporary folder, with an append-only file."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any, cast

import redis

from bench.processes import free_port
from tests.services.service import Service

# The server may run as root, but should not; the package makes this account for it.
ACCOUNT = "redis"


class RedisService(Service):
    """The server, and what a test may do to it."""

    def url(self, database: int = 0, *, port: int | None = None) -> str:
        """Return a database's address, through a proxy's port if one is given."""
        return f"redis://127.0.0.1:{port or self.port}/{database}"

    def flush(self) -> None:
        """Lose all data."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def connection_count(self) -> int:
        """Return how many clients are connected besides the one that asks."""
        with redis.Redis(port=self.port) as client:
            return len(cast("list[Any]", client.client_list())) - 1


@contextmanager
def running_redis(*options: str, certificate: Path | None = None) -> Iterator[RedisService]:
    """Serve an empty Redis until the end of the block; ``options`` are more of its own.

    With a certificate, one file with its key, it speaks only TLS.
    """
    binary = which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        raise RuntimeError("Redis is not installed")
    user = ACCOUNT if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        port = free_port()
        # An append-only file, written each second: what docs/operating.md tells operators to have.
        durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        listening = ["--port", str(port)]
        if certificate is not None:
            own = Path(folder) / "certificate.pem"
            own.write_bytes(certificate.read_bytes())
            listening = ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"]
            listening += ["--tls-cert-file", str(own), "--tls-key-file", str(own)]
        command = [binary, *listening, "--bind", "127.0.0.1", "--dir", folder, *durable, *options]
        service = RedisService(command, port=port, user=user)
        service.start()
        try:
            yield service
        finally:
            service.stop()
