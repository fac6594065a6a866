"""Where the processes of one server share their metrics, from its start to its end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_directory() -> Iterator[None]:
    """Name a directory in the environment, which the workers inherit; it begins and ends empty."""
    given = os.environ.get(VARIABLE)
    if given:
        Path(given).mkdir(parents=True, exist_ok=True)
        _clean(Path(given))
        try:
            yield
        finally:
            _clean(Path(given))
        return
    with TemporaryDirectory(prefix="chat-metrics-", ignore_cleanup_errors=True) as made:
        os.environ[VARIABLE] = made
        try:
            yield
        finally:
            del os.environ[VARIABLE]


def _clean(directory: Path) -> None:
    for left in directory.glob("*.db"):
        left.unlink(missing_ok=True)
