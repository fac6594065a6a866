"""Server processes: started, measured by what the kernel says of them, and ended in any case."""

import asyncio
import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from bench.cores import working_on

T = TypeVar("T")

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
# Below those that Linux gives to connections by itself.
_PORTS = range(20_000, 30_000)
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server with its child processes."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used, in user and kernel mode."""
        return sum(sum(map(int, _stat(pid)[11:15])) for pid in self.pids()) / _TICKS_PER_SECOND

    def rss_bytes(self) -> int:
        """Return its resident memory."""
        return sum(int(_read(pid, "statm").split()[1]) for pid in self.pids()) * _PAGE_BYTES

    def threads(self) -> int:
        """Return the number of its threads."""
        return sum(int(_stat(pid)[17]) for pid in self.pids())

    def pids(self) -> list[int]:
        """Return its process and those that this one started."""
        found = [self.pid]
        for pid in found:
            # The list grows while it is read: children of children, too.
            found += map(int, _read(pid, f"task/{pid}/children").split())
        return found


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    port: int,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    core: int | None = None,
) -> Iterator[Server]:
    """Run a server until the end of the block, on one core if given.

    Raises RuntimeError if it does not begin to listen.
    """
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    with tempfile.TemporaryFile() as log:
        with working_on(core):
            process = subprocess.Popen(
                command,
                cwd=ROOT if user is None else "/",
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: an interrupt from the keyboard reaches the script, which ends it.
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
        try:
            if not _listens(process, port):
                log.seek(0)
                raise RuntimeError(f"{command} does not serve: {log.read()[-2000:].decode(errors='replace')}")
            yield Server(pid=process.pid, port=port)
        finally:
            _end(process, stop_signal)


def free_port() -> int:
    """Return a port of this machine that nobody listens on, and that nobody else is given for long.

    The kernel's own choice may be the end of somebody's connection a moment later, also of one that is made
    while a server is started again.
    """
    with Path(tempfile.gettempdir(), f"chat-port-{os.getuid()}").open("a+") as given:
        fcntl.flock(given, fcntl.LOCK_EX)
        given.seek(0)
        port = int(given.read() or _PORTS[-1])
        while True:
            port = port + 1 if port + 1 in _PORTS else _PORTS[0]
            with socket.socket() as probe, suppress(OSError):
                probe.bind(("127.0.0.1", port))
                break
        given.truncate(0)
        given.write(str(port))
    return port


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM end the script as an interrupt does, so that no server is left behind."""

    def leave(*_: object) -> None:
        raise SystemExit(143)

    earlier = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def run_in_order(measuring: Coroutine[Any, Any, T]) -> T:
    """Run it in an event loop; SIGTERM has it clean up, and then ends the script."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_until_told(measuring))
    except asyncio.CancelledError:
        raise SystemExit(143) from None


async def _until_told(measuring: Coroutine[Any, Any, T]) -> T:
    # An exception out of a signal's handler would leave the loop in the middle of its work.
    earlier = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    task = loop.create_task(measuring)
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, earlier)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        # PostgreSQL's workers come and go between two looks.
        return ""


def _stat(pid: int) -> list[str]:
    # The second field, the name in brackets, may hold spaces: counted from the third, proc(5)'s minus 3.
    return _read(pid, "stat").rpartition(") ")[2].split()
