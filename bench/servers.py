"""The servers of a measurement: started on free ports, ended with it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port

ROOT = Path(__file__).parent.parent
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A server under measurement."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """What its processes have used, user and system."""
        ticks = sum(sum(map(int, _stat(pid)[13:15])) for pid in self._pids())
        return ticks / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self) -> int:
        """Its resident memory."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._pids())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        """The number of its threads."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self._pids())

    def _pids(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]


def _stat(pid: int) -> list[str]:
    # The second field, the name in brackets, may hold spaces.
    text = Path(f"/proc/{pid}/stat").read_text()
    return ["", "", *text[text.rindex(")") + 2 :].split()]


@contextmanager
def running(command: list[str], environment: dict[str, str], *, port: int) -> Iterator[Process]:
    """Run a server until the end of the block."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield Process(pid=process.pid, port=port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args!r} ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


@contextmanager
def upstream() -> Iterator[Process]:
    """The scripted model."""
    port = free_port()
    with running([sys.executable, "-m", "bench.upstream", "--port", str(port)], {}, port=port) as process:
        yield process


@contextmanager
def site(upstream_port: int, database_url: str) -> Iterator[Process]:
    """The demo site in one process, with everything on."""
    port = free_port()
    environment = {
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": "only-for-this-measurement",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url,
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
        "CHAT_TURNS_PER_MINUTE": "0",
        "CHAT_ACTIVE_RUNS_PER_MEMBER": "0",
    }
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env={**os.environ, **environment}, check=True
        )
    make_member = (
        "from django.contrib.auth import get_user_model as m; m().objects.create_user('m', password='m')"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", make_member],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    with running(
        [sys.executable, "-m", "uvicorn", "chatproject.asgi:application", *options], environment, port=port
    ) as process:
        yield process


@contextmanager
def fastapi(upstream_port: int) -> Iterator[Process]:
    """FastAPI and AsyncOpenAI on uvicorn."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.peers.fastapi_openai:app", "--port", str(port)]
    environment = {"OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1"}
    with running([*command, "--no-access-log", "--log-level", "warning"], environment, port=port) as process:
        yield process


@contextmanager
def nginx(upstream_port: int) -> Iterator[Process]:
    """nginx that passes the model's stream through."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log /dev/null;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
            f"  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            f"  server {{ listen 127.0.0.1:{port};\n"
            f"    location / {{ proxy_pass http://127.0.0.1:{upstream_port}; proxy_buffering off;\n"
            "      proxy_http_version 1.1; proxy_set_header Connection ''; } } }\n"
        )
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-e", "/dev/null", "-c", str(configuration)]
        with running(command, {}, port=port) as process:
            yield process


@contextmanager
def postgres() -> Iterator[str]:
    """A throwaway PostgreSQL; the block gets its URL."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    port = free_port()
    # initdb refuses root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        subprocess.run(
            [*as_user, binaries / "initdb", "-D", data, "-A", "trust", "-U", "chat", "--locale", "C.UTF-8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        command = [*as_user, str(binaries / "postgres"), "-D", data, "-p", str(port), "-k", folder]
        server = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, server)
            yield f"postgres://chat@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
                check=False,
                stdout=subprocess.DEVNULL,
                cwd=folder,
            )
            server.wait()
