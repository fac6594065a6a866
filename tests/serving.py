"""The demo site as a real process, for tests that need one."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from bench.processes import free_port
from tests.sharing import made_once

ROOT = Path(__file__).parent.parent
# A machine that runs other tests as well is slow: a process that ends instead is noticed at once.
START_SECONDS = 180.0


class Site:
    """A process with its own database; it can be killed and started again on the same port."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "site.log"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "tests.site_settings",
            "DEBUG": "1",
            "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
            "CHAT_FILES": str(folder / "files"),
            "CHAT_TURNS_PER_MINUTE": "0",
            "CHAT_ACTIVE_RUNS_PER_MEMBER": "0",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Have it with a database of its own, answering until the end of the block."""
        self.prepare()
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def prepare(self) -> None:
        """Give it a database with the demo accounts."""
        shutil.copy(demo_database(), self._environment["DATABASE_URL"].removeprefix("sqlite:///"))

    def run_command(self, *command: str) -> None:
        """Have a management command do its work."""
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._environment,
            check=True,
            capture_output=True,
        )

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None, "it is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server, and do not wait."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Return when the server answers."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Freeze the process: its sockets stay open, and nothing is done."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process go on where it was frozen."""
        os.kill(self.pid, signal.SIGCONT)

    def heal(self) -> None:
        """Have it running, whatever was done to it."""
        if self._process is None:
            self.start()
        else:
            self.resume()

    def begin_stop(self) -> None:
        """Ask the process to end, and do not wait; ``stop`` waits."""
        os.kill(self.pid, signal.SIGTERM)

    def log(self) -> str:
        """Return what the process wrote."""
        return self._log.read_text()

    def _command(self) -> list[str]:
        """Return the server of `make run`."""
        return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(timeout=START_SECONDS)
        self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as response:
                return bool(response.status == 200)
        except OSError:
            return False


class UvicornSite(Site):
    """The same under the server of `make serve`."""

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", "chatproject.asgi:application"]
        return [*command, "--port", str(self.port), "--no-access-log", "--timeout-graceful-shutdown", "5"]


def migrated_database() -> Path:
    """Return an empty database's file to copy: migrations take seconds, a copy none."""
    return made_once("migrated.sqlite3", lambda path: _command_on(path, "migrate", "--verbosity", "0"))


def demo_database() -> Path:
    """Return that of a database with the demo accounts, whose passwords take a second to hash."""

    def make(path: Path) -> None:
        shutil.copy(migrated_database(), path)
        _command_on(path, "demo_accounts")

    return made_once("demo.sqlite3", make)


def _command_on(database: Path, *command: str) -> None:
    Site(database.parent, {"DATABASE_URL": f"sqlite:///{database}"}).run_command(*command)
