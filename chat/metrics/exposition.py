"""The metrics of all processes of a server as Prometheus' text.

Processes share them in the directory that PROMETHEUS_MULTIPROC_DIR names; without it there is one process.
"""

import os
import re
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
_OF_PROCESS = re.compile(r"gauge_live\w+_(\d+)\.db")


def exposition() -> bytes:
    """Return the text. It reads a few files of each process: call it on a thread."""
    directory = os.environ.get(DIRECTORY)
    if not directory:
        return generate_latest(REGISTRY)
    forget_dead_processes(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_dead_processes(directory: Path) -> None:
    """Remove the gauges of processes that are gone; what they counted stays counted."""
    found = (_OF_PROCESS.fullmatch(path.name) for path in directory.iterdir())
    for pid in {int(match[1]) for match in found if match}:
        if not _is_alive(pid):
            mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Another user's: the number was given again.
        return False
    return True
