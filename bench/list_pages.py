"""The pages that ``bench.lists`` measures; Django must be set up when they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

MOST_MS = 50.0
# Of 30 days: the dashboard reads every run of its period, and is looked at a few times a day.
MOST_MS_OF_DASHBOARD = 1_000.0
LISTS = {
    "first page": "",
    "from its middle": "?cursor={cursor}",
    "archived": "?archived=1",
    "searched, frequent word": "?q=plan",
    "searched, Korean": "?q=부산 여행",
    "searched, nothing to find": "?q=nowhere-to-be-found",
    "searched, eight words": "?q=a b c d e f g zzz",
}
ADMIN = {
    "conversation": {
        "list": "",
        "list, page 300": "?p=300",
        "search by owner": "?q=seeded-0001",
        "search by owner of few": "?q=seeded-0150",
        "search by id": "?q={conversation}",
        "search, nothing to find": "?q=nobody",
        "by assistant": "?assistant=writer",
        "by assistant, archived, of an owner": "?assistant=writer&archived__exact=1&q=seeded-0001",
        "oldest first": "?o=6",
        "transcript of a long one": "{conversation}/change/",
        "transcript of a long one, page 80": "{conversation}/change/?p=80",
    },
    "run": {
        "list": "",
        "list, page 300": "?p=300",
        "search by trace": "?q={trace_id}",
        "search by conversation": "?q={conversation}",
        "that failed": "?status__exact=failed",
        "that completed": "?status__exact=completed",
        "that are running": "?status__exact=running",
        "by error code": "?error_code=provider_timeout",
        "by an error code that never was": "?error_code=context_too_long",
        "by assistant": "?assistant=writer",
        "oldest first": "?o=1",
        "one": "{run}/change/",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address, and who asks for it."""

    name: str
    path: str
    of_reviewer: bool = False
    limit_ms: float = MOST_MS


def pages() -> Iterator[Page]:
    """Yield every page of the longest conversation's owner, and of a reviewer."""
    from chat.models import Conversation, Message, Run
    from chat.views.paging import encode_cursor

    long = Conversation.objects.get(pk=_longest_conversation())
    half_way = list(Message.objects.filter(conversation=long).oldest_first().values_list("pk", flat=True))
    half_way = half_way[len(half_way) // 2 :]
    owned = Conversation.objects.filter(owner=long.owner_id, archived=False).newest_first()
    deep = owned[owned.count() // 2]
    yield from _pages_of_member(str(long.pk), str(half_way[0]), encode_cursor(deep.updated_at, deep.pk))
    run = Run.objects.filter(conversation=long).latest("created_at")
    yield from _pages_of_reviewer(conversation=str(long.pk), run=str(run.pk), trace_id=run.trace_id)


def _longest_conversation() -> object:
    from django.db.models import Count

    from chat.models import Message

    counted = Message.objects.order_by().values("conversation").annotate(length=Count("pk"))
    return counted.order_by("-length").values_list("conversation", flat=True)[0]


def _pages_of_member(conversation: str, half_way: str, cursor: str) -> Iterator[Page]:
    lists = "/chat/api/conversations/"
    for name, query in LISTS.items():
        yield Page(name=f"API: conversations, {name}", path=lists + query.format(cursor=cursor))
    yield Page(name="API: search", path="/chat/api/search/?q=plan")
    yield Page(name="page: search", path="/chat/search/?q=plan")
    yield Page(name="API: assistants", path="/chat/api/assistants/")
    yield Page(name="API: a conversation", path=f"{lists}{conversation}/")
    yield Page(name="API: messages, newest", path=f"{lists}{conversation}/messages/")
    yield Page(name="API: messages, half-way", path=f"{lists}{conversation}/messages/?cursor={half_way}")
    yield Page(name="page: start", path="/chat/")
    yield Page(name="page: list from its middle", path=f"/chat/?list={cursor}")
    yield Page(name="page: long conversation", path=f"/chat/c/{conversation}/")
    yield Page(name="page: long conversation, half-way", path=f"/chat/c/{conversation}/?until={half_way}")
    yield Page(
        name="page: long conversation, at a message", path=f"/chat/c/{conversation}/?message={half_way}"
    )
    yield Page(
        name="API: messages, after one half-way", path=f"{lists}{conversation}/messages/?after={half_way}"
    )


def _pages_of_reviewer(**ids: str) -> Iterator[Page]:
    for model, addresses in ADMIN.items():
        for name, address in addresses.items():
            path = f"/admin/chat/{model}/{address.format(**ids)}"
            yield Page(name=f"admin: {model}s, {name}", path=path, of_reviewer=True)
    for days in (7, 30, 90):
        yield Page(
            name=f"admin: dashboard, {days} days",
            path=f"/admin/chat/dashboard/?days={days}",
            of_reviewer=True,
            limit_ms=MOST_MS_OF_DASHBOARD * max(1, days / 30),
        )
