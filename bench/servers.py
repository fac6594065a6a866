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

from bench.postgres import Database
from bench.processes import ROOT, Server, free_port, running

PEERS = Path(__file__).parent / "peers"
# One process, and otherwise as scripts/serve.sh has it.
UVICORN = ["-m", "uvicorn", "--host", "127.0.0.1", "--no-access-log", "--no-server-header"]


@contextmanager
def scripted_model() -> Iterator[Server]:
    """The model that says numbered words at a given pace."""
    port = free_port()
    with running([sys.executable, "-m", "bench.upstream", "--port", str(port)], port=port) as server:
        yield server


@contextmanager
def demo_site(model: Server, database: Database) -> Iterator[Server]:
    """The demo site in one process, everything on: sessions, sign-in, event log, checkpoints, recovery."""
    environment = {
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": "for-a-measurement-on-this-machine-only-and-for-nothing-else",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database.url,
        "REDIS_URL": "",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1",
        "CHAT_TURNS_PER_MINUTE": "0",
        "CHAT_ACTIVE_RUNS_PER_MEMBER": "0",
    }
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
    _manage({**environment, "DEBUG": "1"}, "demo_accounts")
    port = free_port()
    command = [sys.executable, *UVICORN, "--port", str(port), "chatproject.asgi:application"]
    with running(command, port=port, environment=environment) as server:
        yield server


@contextmanager
def fastapi_view(model: Server, *, python: str) -> Iterator[Server]:
    """The usual minimal view, in the environment of the peers."""
    environment = {"OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1"}
    port = free_port()
    command = [python, *UVICORN, "--port", str(port), "bench.peers.fastapi_openai:app"]
    with running(command, port=port, environment=environment) as server:
        yield server


@contextmanager
def nginx_proxy(model: Server) -> Iterator[Server]:
    """nginx, which passes the model's stream through."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        template = Template((PEERS / "nginx.conf").read_text())
        configuration.write_text(template.substitute(folder=folder, port=port, model_port=model.port))
        binary = which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        if binary is None:
            raise RuntimeError("nginx is not installed")
        with running([binary, "-e", "stderr", "-c", configuration], port=port) as server:
            yield server


def _manage(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
