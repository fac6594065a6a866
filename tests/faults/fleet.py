"""A site of several workers, each a process on a port of its own, over one database and one log."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.member import Member, sign_in
from tests.serving import UvicornSite


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a process holds of its machine."""

    threads: int
    descriptors: int
    rss_bytes: int


class Worker(UvicornSite):
    """One process, with what the kernel says of it."""

    def held(self) -> Held:
        """Look now."""
        folder = Path(f"/proc/{self.pid}")
        pages = int((folder / "statm").read_text().split()[1])
        return Held(
            threads=sum(1 for _ in (folder / "task").iterdir()),
            descriptors=sum(1 for _ in (folder / "fd").iterdir()),
            rss_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        )


class Fleet:
    """The workers; ``with`` starts them together and ends them.

    ``member`` is someone who is signed in; every worker knows the session.
    """

    member: Member

    def __init__(
        self,
        folder: Path,
        *,
        number: int,
        database_name: str,
        database_url: str,
        model_url: str,
        redis_url: str = "",
        takes_over: bool = True,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.site_settings",
            "CHAT_CHANGES": json.dumps(changes or {}),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OPENAI_API_KEY": "none",
            "OPENAI_BASE_URL": model_url,
            "CHAT_TITLES": "0",
            "CHAT_TAKE_OVER": "1" if takes_over else "0",
        }
        self.database_name = database_name
        self._folder = folder
        self.workers: list[Worker] = []
        for _ in range(number):
            self.add()

    def __enter__(self) -> Self:
        for worker in self.workers:
            worker.launch()
        for worker in self.workers:
            worker.wait_until_ready()
        self.member = sign_in(self.workers[0].port)
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self.workers:
            worker.kill()

    def add(self) -> Worker:
        """Return one more worker, which is not started yet."""
        folder = self._folder / f"worker{len(self.workers) + 1}"
        folder.mkdir()
        worker = Worker(folder, self.environment)
        self.workers.append(worker)
        return worker

    def ports(self, *first: Worker) -> Sequence[int]:
        """Return the workers' ports, with those of the given workers before the others'."""
        others = [worker for worker in self.workers if worker not in first]
        return [worker.port for worker in (*first, *others)]

    def log(self) -> str:
        """Return what all workers wrote."""
        return "\n".join(worker.log() for worker in self.workers)
