"""``python -m bench.lists``: server time of every list and page with millions of rows, on PostgreSQL."""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.postgres import temporary_postgres
from bench.processes import ROOT, ending_in_order
from bench.report import surroundings, write

if TYPE_CHECKING:
    from django.test import Client

MOST_MS = 50.0
# The dashboard reads every run of its period; it is looked at a few times a day.
MOST_MS_OF_DASHBOARD = 1_000.0
REVIEWER = "reviewer-of-lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address, and who asks for it."""

    name: str
    path: str
    of_reviewer: bool = False
    limit_ms: float = MOST_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a page took of the server, over all times that it was asked for."""

    name: str
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
        costs = []
        for page in _pages():
            cost = _measure(page, times=arguments.times)
            print(
                f"{cost.name:52}{cost.p50_ms:9.1f}{cost.p95_ms:9.1f} ms{cost.queries:4} queries"
                f"  {'ok' if cost.holds else 'SLOW'}",
                flush=True,
            )
            costs.append(cost)
    scale = {"conversations": arguments.conversations, "messages": arguments.messages}
    results = {**surroundings(), "scale": scale, "pages": [asdict(cost) for cost in costs]}
    print(f"Written to {write(results, name='lists')}")
    return 0 if all(cost.holds for cost in costs) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000, help="of one member (100,000)")
    parser.add_argument("--messages", type=int, default=2_000_000, help="in all of them (2,000,000)")
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked for (60)")
    parser.add_argument("--database", help="one that chat_seed has filled already, by its URL")
    return parser.parse_args()


def _seeded(stack: ExitStack, conversations: int, messages: int) -> str:
    """Start a database in which one member has everything, and some others a little."""
    url = stack.enter_context(temporary_postgres()).url
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "1", "SECRET_KEY": ""}
    for command in (
        ["migrate", "--verbosity", "0"],
        ["chat_seed", f"--conversations={conversations // 20}", f"--messages={messages // 20}"],
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


def _pages() -> Iterator[Page]:
    from chat.models import Conversation, Message, Run
    from chat.views.paging import encode_cursor

    long = Conversation.objects.get(pk=_longest_conversation())
    half_way = list(Message.objects.filter(conversation=long).oldest_first().values_list("pk", flat=True))
    half_way = half_way[len(half_way) // 2 :]
    owned = Conversation.objects.filter(owner=long.owner_id, archived=False).newest_first()
    deep = owned[owned.count() // 2]
    yield from _pages_of_member(str(long.pk), str(half_way[0]), encode_cursor(deep.updated_at, deep.pk))
    run = Run.objects.filter(conversation=long).latest("created_at")
    yield from _pages_of_reviewer(str(long.pk), str(run.pk), run.trace_id)


def _longest_conversation() -> object:
    from django.db.models import Count

    from chat.models import Message

    counted = Message.objects.order_by().values("conversation").annotate(length=Count("pk"))
    return counted.order_by("-length").values_list("conversation", flat=True)[0]


def _pages_of_member(conversation: str, half_way: str, cursor: str) -> Iterator[Page]:
    lists = "/chat/api/conversations/"
    for name, query in {
        "first page": "",
        "from its middle": f"?cursor={cursor}",
        "archived": "?archived=1",
        "searched, frequent word": "?q=plan",
        "searched, Korean": "?q=부산 여행",
        "searched, nothing to find": "?q=nowhere-to-be-found",
        "searched, eight words": "?q=a b c d e f g zzz",
    }.items():
        yield Page(name=f"API: conversations, {name}", path=lists + query)
    yield Page(name="API: assistants", path="/chat/api/assistants/")
    yield Page(name="API: a conversation", path=f"{lists}{conversation}/")
    yield Page(name="API: messages, newest", path=f"{lists}{conversation}/messages/")
    yield Page(name="API: messages, half-way", path=f"{lists}{conversation}/messages/?cursor={half_way}")
    yield Page(name="page: start", path="/chat/")
    yield Page(name="page: list from its middle", path=f"/chat/?list={cursor}")
    yield Page(name="page: long conversation", path=f"/chat/c/{conversation}/")
    yield Page(name="page: long conversation, half-way", path=f"/chat/c/{conversation}/?until={half_way}")


def _pages_of_reviewer(conversation: str, run: str, trace_id: str) -> Iterator[Page]:
    found = {
        "conversation": {
            "list": "",
            "list, page 150": "?p=150",
            "search by owner": "?q=seeded-0001",
            "search by owner of few": "?q=seeded-0150",
            "search by id": f"?q={conversation}",
            "search, nothing to find": "?q=nobody",
            "by assistant": "?assistant=writer",
            "by assistant, archived, of an owner": "?assistant=writer&archived__exact=1&q=seeded-0001",
            "oldest first": "?o=6",
            "transcript of a long one": f"{conversation}/change/",
            "transcript of a long one, page 25": f"{conversation}/change/?p=25",
        },
        "run": {
            "list": "",
            "list, page 150": "?p=150",
            "search by trace": f"?q={trace_id}",
            "search by conversation": f"?q={conversation}",
            "that failed": "?status__exact=failed",
            "that completed": "?status__exact=completed",
            "that are running": "?status__exact=running",
            "by error code": "?error_code=provider_timeout",
            "by an error code that never was": "?error_code=context_too_long",
            "by assistant": "?assistant=writer",
            "oldest first": "?o=1",
            "one": f"{run}/change/",
        },
    }
    for model, pages in found.items():
        for name, query in pages.items():
            path = f"/admin/chat/{model}/{query}"
            yield Page(name=f"admin: {model}s, {name}", path=path, of_reviewer=True)
    for days in (7, 30, 90):
        yield Page(
            name=f"admin: dashboard, {days} days",
            path=f"/admin/chat/dashboard/?days={days}",
            of_reviewer=True,
            limit_ms=MOST_MS_OF_DASHBOARD,
        )


def _measure(page: Page, *, times: int) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(is_reviewer=page.of_reviewer)

    def ask() -> float:
        began = time.perf_counter()
        response = client.get(page.path)
        took = time.perf_counter() - began
        if response.status_code != 200:
            raise RuntimeError(f"{page.path}: {response.status_code}")
        return took * 1000

    with CaptureQueriesContext(connection) as captured:
        ask()
        queries = len(captured)
    # What loads modules and templates for the first time is no page's own.
    ask()
    gc.collect()
    taken = sorted(ask() for _ in range(times if page.limit_ms == MOST_MS else max(5, times // 6)))
    return Cost(
        name=page.name,
        p50_ms=round(statistics.median(taken), 2),
        p95_ms=round(taken[int(len(taken) * 0.95)], 2),
        queries=queries,
        limit_ms=page.limit_ms,
    )


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
