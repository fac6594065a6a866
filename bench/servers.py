"""The servers that are measured, and the scripted model that they all ask."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from string import Template

from bench.processes import ROOT, Server, free_port, running

PEERS = Path(__file__).parent / "peers"


@contextmanager
def scripted_model(*, core: int | None = None) -> Iterator[Server]:
    """The model that says numbered tokens at a given pace."""
    port = free_port()
    command = [sys.executable, "-m", "bench.upstream_pace", "--port", str(port)]
    with running(command, port=port, core=core) as server:
        yield server


def prepare_site(database_url: str) -> None:
    """Make the demo site's tables and members, and its static files."""
    environment = _site_environment(database_url)
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
    _manage({**environment, "DEBUG": "1"}, "demo_accounts")


@contextmanager
def demo_site(
    model: Server, database_url: str, *, redis_url: str = "", core: int | None = None
) -> Iterator[Server]:
    """The demo site as ``make serve`` runs it, in one process on a database that is prepared.

    Everything is on: sessions, sign-in, event log, checkpoints, recovery.
    """
    port = free_port()
    environment = {
        **_site_environment(database_url),
        "REDIS_URL": redis_url,
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1",
        "DJANGO_SETTINGS_MODULE": "bench.site_settings",
        "WORKERS": "1",
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "chatproject.serve"]
    with running(command, port=port, environment=environment, core=core) as server:
        yield server


@contextmanager
def nginx_proxy(model: Server, *, core: int | None = None) -> Iterator[Server]:
    """nginx, which passes the model's stream through."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        template = Template((PEERS / "nginx.conf").read_text())
        configuration.write_text(template.substitute(folder=folder, port=port, model_port=model.port))
        with running([program("nginx"), "-e", "stderr", "-c", configuration], port=port, core=core) as server:
            yield server


@contextmanager
def redis_server(*, core: int | None = None) -> Iterator[Server]:
    """An empty Redis with the append-only file that docs/operating.md asks for."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        listening = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        with running([program("redis-server"), *listening, *durable], port=port, core=core) as server:
            yield server


def program(name: str) -> str:
    """Return where a server is installed. Raises RuntimeError if it is not."""
    found = which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def _site_environment(database_url: str) -> dict[str, str]:
    return {
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": "for-a-measurement-on-this-machine-only-and-for-nothing-else",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "OPENAI_API_KEY": "none",
        # The peers ask the model once for each answer.
        "CHAT_TITLES": "0",
        "CHAT_TURNS_PER_MINUTE": "0",
        "CHAT_ACTIVE_RUNS_PER_MEMBER": "0",
    }


def _manage(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
