"""``python -m bench.search``: what a search costs a member with many messages, in each database."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lists import database_processes, processor_seconds
from bench.postgres import temporary_postgres
from bench.processes import ROOT, ending_in_order
from bench.report import surroundings, table, write

MOST_MS = 100.0
# Rare and frequent words, Korean and English, some at once; the one letter that most words begin with is the
# dearest search there is.
QUERIES = (
    "부산",
    "부산 여행 계획",
    "확실",
    "plan",
    "garden behind house",
    "PostgreSQL migration",
    "w",
    "t w o",
    "nowhere-to-be-found",
)
ALL = "all of them"


def main() -> int:
    """Seed and measure each database, print; 1 if a search takes longer than it may."""
    arguments = _arguments()
    if arguments.measure:
        print(json.dumps(_measured(arguments.times)))
        return 0
    results = {}
    with ending_in_order():
        for name, database in (("PostgreSQL", _postgresql), ("SQLite", _sqlite)):
            with database() as url:
                results[name] = _of_database(url, arguments)
    rows = [
        {
            "search": query,
            **{
                f"{name}, {key}": figure
                for name, one in results.items()
                for key, figure in one[query].items()
            },
        }
        for query in [*QUERIES, ALL]
    ]
    print(table(rows))
    written = write({**surroundings(), "messages": arguments.messages, "searches": results}, name="search")
    print(f"Written to {written}")
    return 0 if all(one["p95 ms"] < MOST_MS for found in results.values() for one in found.values()) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="of one member (100,000)")
    parser.add_argument("--times", type=int, default=40, help="how often each is asked for (40)")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def _postgresql() -> Iterator[str]:
    with temporary_postgres() as database:
        yield database.url


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="search-") as folder:
        yield f"sqlite:///{Path(folder) / 'site.sqlite3'}"


def _of_database(url: str, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Fill the database, and have a process of its own measure it."""
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "1", "SECRET_KEY": "", "REDIS_URL": ""}
    conversations = f"--conversations={max(1, arguments.messages // 20)}"
    for command in (
        ["migrate", "--verbosity", "0"],
        ["chat_seed", conversations, f"--messages={arguments.messages}", "--members=1"],
        ["chat_index", "--verbosity", "0"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    measure = [sys.executable, "-m", "bench.search", "--measure", f"--times={arguments.times}"]
    done = subprocess.run(measure, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def _measured(times: int) -> dict[str, dict[str, float]]:
    """Return the processor time that each search takes of the site and its database, excerpts included.

    Not by the clock, which other work on the machine makes slower.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    import django
    from django.conf import settings
    from django.db import connection

    django.setup()
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    from django.contrib.auth import get_user_model
    from django.test import Client

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What autovacuum does on a site that has had these rows for a while.
            cursor.execute("VACUUM ANALYZE")
    pids = database_processes() if connection.vendor == "postgresql" else []
    client = Client()
    client.force_login(get_user_model().objects.get(username="seeded-0001"))
    taken: dict[str, list[float]] = {query: [] for query in QUERIES}
    for number in range(times + 1):
        # In turns: what else the machine does falls on all of them alike.
        for query, times_taken in taken.items():
            began = processor_seconds(pids)
            response = client.get("/chat/api/search/", {"q": query})
            if response.status_code != 200:
                raise RuntimeError(f"{query}: {response.status_code}")
            # The first round loads what is loaded once.
            if number:
                times_taken.append((processor_seconds(pids) - began) * 1000)
    everything = [one for times_taken in taken.values() for one in times_taken]
    return {query: _summary(one) for query, one in [*taken.items(), (ALL, everything)]}


def _summary(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {
        "p50 ms": round(statistics.median(ordered), 1),
        "p95 ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
