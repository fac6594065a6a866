"""The lists: whose and how, no text, and quick whatever their length."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.admin import reading
from chat.models import Conversation, Run
from chat.search.indexing import index_messages
from tests.admin.conftest import client_of, new_conversation

CONVERSATIONS = "/admin/chat/conversation/"
RUNS = "/admin/chat/run/"


def listed(client: Client, address: str, **query: str) -> list[str]:
    """Return the ids that a list shows, in its order."""
    response = client.get(address, query)
    assert response.status_code == 200
    return [str(row.pk) for row in response.context["cl"].result_list]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_list_says_whose_and_how_but_shows_no_text(conversation: Conversation):
    page = client_of("view_conversation").get(CONVERSATIONS).content.decode()

    assert f"{CONVERSATIONS}{conversation.pk}/change/" in page
    assert str(conversation.pk)[:8] in page
    assert "mina" in page
    assert '<td class="field-message_count">3</td>' in page
    assert '<td class="field-last_status">failed</td>' in page
    assert "secret" not in page


def test_conversations_are_listed_as_they_were_last_used(owner: Any):
    ages = [3, 1, 2]
    made = {age: str(new_conversation(owner, age=timedelta(hours=age)).pk) for age in ages}

    assert listed(client_of("view_conversation"), CONVERSATIONS) == [made[1], made[2], made[3]]


def test_a_conversation_without_messages_is_listed(owner: Any):
    Conversation.objects.create(owner=owner, assistant="general")

    page = client_of("view_conversation").get(CONVERSATIONS).content.decode()

    assert '<td class="field-message_count">0</td>' in page
    assert '<td class="field-last_status">-</td>' in page


@pytest.mark.parametrize(
    ("address", "permission"), [(CONVERSATIONS, "view_conversation"), (RUNS, "view_run")]
)
def test_a_list_takes_the_same_queries_for_any_number(owner: Any, address: str, permission: str):
    client = client_of(permission)
    new_conversation(owner)
    for_one = queries_of(client, address)

    for _ in range(20):
        new_conversation(owner)

    assert queries_of(client, address) == for_one <= 7


@pytest.mark.parametrize(
    ("address", "permission", "named"),
    [(CONVERSATIONS, "view_conversation", "conversations"), (RUNS, "view_run", "runs")],
)
def test_a_list_is_counted_no_further_than_anybody_pages(
    owner: Any, monkeypatch: pytest.MonkeyPatch, address: str, permission: str, named: str
):
    monkeypatch.setattr(reading, "MOST_COUNTED", 3)
    for _ in range(3):
        new_conversation(owner)
    assert f"3 {named}" in client_of(permission).get(address).content.decode()

    new_conversation(owner)

    assert f"3+ {named}" in client_of(permission).get(address).content.decode()


def test_a_search_says_how_many_it_found_where_that_is_known(owner: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MOST_COUNTED", 3)
    client = client_of("view_conversation")
    for _ in range(3):
        new_conversation(owner)
    assert "3 results" in client.get(CONVERSATIONS, {"q": "mina"}).content.decode()
    assert " results" not in client.get(CONVERSATIONS).content.decode()

    new_conversation(owner)

    assert " results" not in client.get(CONVERSATIONS, {"q": "mina"}).content.decode()


def test_counting_stops_in_the_database(owner: Any):
    paginator = reading.BoundedPaginator(Conversation.objects.all(), 50)

    with CaptureQueriesContext(connection) as queries:
        assert paginator.count == 0

    assert f"LIMIT {reading.MOST_COUNTED + 1}" in queries[0]["sql"]


def test_conversations_are_found_by_exact_id_or_owner(conversation: Conversation):
    client = client_of("view_conversation")

    for found in (str(conversation.pk), conversation.pk.hex, " mina "):
        assert listed(client, CONVERSATIONS, q=found) == [str(conversation.pk)]
    for missed in ("secret", "min", "MINA", "reviewer", str(conversation.pk)[:8]):
        assert listed(client, CONVERSATIONS, q=missed) == []


def test_words_are_looked_for_in_what_one_named_owner_said(owner: Any, conversation: Conversation):
    client = client_of("view_conversation")
    stranger = get_user_model().objects.create(username="stranger")
    theirs = new_conversation(stranger)
    for one in (conversation, theirs):
        index_messages(one, one.messages.all())

    assert listed(client, CONVERSATIONS, q="mina secret") == [str(conversation.pk)]
    for missed in ("mina nothing", "mina !!!", "nobody secret", "secret mina"):
        assert listed(client, CONVERSATIONS, q=missed) == []
    # Whose, and where; in PostgreSQL with three more statements around the second.
    assert queries_of(client, f"{CONVERSATIONS}?q=mina+secret") <= 12


def test_runs_are_found_by_their_id_their_conversation_or_their_trace(conversation: Conversation):
    client = client_of("view_run")
    failed = Run.objects.get(trace_id="trace-failed")

    assert listed(client, RUNS, q="trace-failed") == [str(failed.pk)]
    assert listed(client, RUNS, q=str(failed.pk)) == [str(failed.pk)]
    assert len(listed(client, RUNS, q=str(conversation.pk))) == 2
    assert listed(client, RUNS, q="trace") == []


def test_filters_narrow_the_lists(conversation: Conversation):
    client = client_of("view_conversation", "view_run")
    failed = Run.objects.get(trace_id="trace-failed")

    assert listed(client, RUNS, error_code="provider_timeout") == [str(failed.pk)]
    assert listed(client, RUNS, status__exact="failed") == [str(failed.pk)]
    assert len(listed(client, RUNS, assistant="general")) == 2
    assert listed(client, CONVERSATIONS, assistant="writer") == []
    assert listed(client, CONVERSATIONS, assistant="general") == [str(conversation.pk)]
    assert listed(client, CONVERSATIONS, archived__exact="1") == []


@pytest.mark.parametrize("name", ["status__exact", "error_code", "assistant"])
def test_a_filter_that_no_database_takes_is_refused(conversation: Conversation, name: str):
    response = client_of("view_run").get(RUNS, {name: "general\0"})

    assert response.headers["Location"] == f"{RUNS}?e=1"


def test_a_run_shows_no_text_and_nothing_of_its_lease(conversation: Conversation):
    run = Run.objects.get(trace_id="trace-failed")

    page = client_of("view_run").get(f"{RUNS}{run.pk}/change/").content.decode()

    assert "trace-failed" in page
    assert "half of an" not in page
    assert "secret" not in page
    assert "lease" not in page.lower()
