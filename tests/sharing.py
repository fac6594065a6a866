"""What the processes of one test run share: a folder, and files that the first to need them makes."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

FOLDER = "TESTS_FOLDER"


def shared_folder() -> Path:
    """Return the run's folder. The first process to ask makes it, and those that it starts inherit it."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="chat-tests-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    return Path(os.environ[FOLDER])


def new_place(name: str) -> Path:
    """Return a path in the run's folder that no other process has."""
    return shared_folder() / f"{uuid4().hex}-{name}"


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the run's file of that name; who asks first makes it, and all others wait for it."""
    whole = shared_folder() / name
    with whole.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            half = new_place(name)
            make(half)
            half.rename(whole)
    return whole
