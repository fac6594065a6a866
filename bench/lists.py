"""``python -m bench.lists``: server time of every list and page with millions of rows, on PostgreSQL."""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.list_pages import MOST_MS, Page, pages
from bench.postgres import temporary_postgres
from bench.processes import ROOT, ending_in_order
from bench.report import surroundings, write

if TYPE_CHECKING:
    from django.test import Client

ROUNDS = 3
REVIEWER = "reviewer-of-lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a page took of the server, over all times that it was asked for in a round.

    Processor time of the site and of its database connections, which other work on the machine hardly
    changes; the dashboard, for which PostgreSQL starts workers, is judged by the clock.
    """

    name: str
    p95_by_the_clock_ms: float
    p50_ms: float
    p95_ms: float
    queries: int
    limit_ms: float

    @property
    def holds(self) -> bool:
        """True if the page stays below its limit."""
        return self.p95_ms < self.limit_ms


def main() -> int:
    """Seed, measure, print; 1 if a page is slower than it may be."""
    arguments = _arguments()
    with ending_in_order(), ExitStack() as stack:
        url = arguments.database or _seeded(stack, arguments.conversations, arguments.messages)
        _set_up_django(url)
        found = list(pages())
        rounds = []
        for number in range(1, ROUNDS + 1):
            # In turns: what else the machine does falls on all of them alike.
            rounds.append([_measure(page, times=arguments.times) for page in found])
            print(f"round {number} of {ROUNDS} done", flush=True)
    costs = [_median_of(costs) for costs in zip(*rounds, strict=True)]
    for cost in costs:
        times = f"{cost.p50_ms:9.1f}{cost.p95_ms:9.1f}{cost.p95_by_the_clock_ms:9.1f} ms"
        print(f"{cost.name:52}{times}{cost.queries:4} queries  {'ok' if cost.holds else 'SLOW'}")
    scale = {"conversations": arguments.conversations, "messages": arguments.messages}
    results = {**surroundings(), "scale": scale, "pages": [asdict(cost) for cost in costs]}
    print(f"Written to {write(results, name='lists')}")
    return 0 if all(cost.holds for cost in costs) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000, help="of one member (100,000)")
    parser.add_argument("--messages", type=int, default=2_000_000, help="in all of them (2,000,000)")
    parser.add_argument("--times", type=int, default=30, help="how often a page is asked for in a round (30)")
    parser.add_argument("--database", help="one that chat_seed has filled already, by its URL")
    return parser.parse_args()


def _seeded(stack: ExitStack, conversations: int, messages: int) -> str:
    """Start a database in which one member has everything, and some others a little."""
    url = stack.enter_context(temporary_postgres()).url
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "1", "SECRET_KEY": ""}
    for command in (
        ["migrate", "--verbosity", "0"],
        ["chat_seed", f"--conversations={conversations // 20}", f"--messages={messages // 20}"],
        # Searches look among these; what a search costs who wrote more is bench.search's question.
        ["chat_index", "--verbosity", "0"],
        [
            "chat_seed",
            f"--conversations={conversations}",
            f"--messages={messages}",
            "--members=1",
            "--seed=2",
        ],
    ):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    return url


def _set_up_django(url: str) -> None:
    os.environ |= {"DATABASE_URL": url, "DEBUG": "1", "SECRET_KEY": "", "REDIS_URL": ""}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    import django
    from django.conf import settings
    from django.db import connection

    django.setup()
    # As it is served, but with static files that nobody has collected.
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    with connection.cursor() as cursor:
        # What autovacuum does on a site that has had these rows for a while.
        cursor.execute("VACUUM ANALYZE")


def _measure(page: Page, *, times: int) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(is_reviewer=page.of_reviewer)
    pids = database_processes()

    def ask() -> tuple[float, float]:
        began, worked = time.perf_counter(), processor_seconds(pids)
        response = client.get(page.path)
        worked, took = processor_seconds(pids) - worked, time.perf_counter() - began
        if response.status_code != 200:
            raise RuntimeError(f"{page.path}: {response.status_code}")
        return worked * 1000, took * 1000

    with CaptureQueriesContext(connection) as captured:
        ask()
        queries = len(captured)
    # What loads modules and templates for the first time is no page's own.
    ask()
    gc.collect()
    is_page = page.limit_ms == MOST_MS
    asked = [ask() for _ in range(times if is_page else max(5, times // 6))]
    by_the_clock = sorted(took for _, took in asked)
    taken = sorted(worked for worked, _ in asked) if is_page else by_the_clock
    return Cost(
        name=page.name,
        p50_ms=round(statistics.median(taken), 1),
        p95_ms=round(taken[int(len(taken) * 0.95)], 1),
        p95_by_the_clock_ms=round(by_the_clock[int(len(by_the_clock) * 0.95)], 1),
        queries=queries,
        limit_ms=page.limit_ms,
    )


def database_processes() -> list[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


def processor_seconds(pids: Sequence[int]) -> float:
    """Return what this process and those have worked so far; the kernel counts nanoseconds."""
    worked = 0.0
    for pid in pids:
        # One that has ended meanwhile has not worked for the page.
        with suppress(FileNotFoundError):
            worked += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return worked + time.process_time()


def _median_of(costs: Sequence[Cost]) -> Cost:
    """Return the round that was neither the slowest nor the fastest."""
    return sorted(costs, key=lambda cost: cost.p95_ms)[len(costs) // 2]


def _client(*, is_reviewer: bool) -> "Client":
    from django.contrib.auth import get_user_model
    from django.test import Client

    users = get_user_model().objects
    if is_reviewer:
        user, _ = users.get_or_create(username=REVIEWER, is_staff=True, is_superuser=True)
    else:
        user = users.get(username="seeded-0001")
    client = Client()
    client.force_login(user)
    return client


if __name__ == "__main__":
    sys.exit(main())
