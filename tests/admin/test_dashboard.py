"""The dashboard: the right figures, for those who may see them, and as words and tables too."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.admin.dashboard.choice import Choice, choice_of
from chat.admin.dashboard.figures import Figures, read_report
from chat.models import Conversation, Run, Usage
from tests.admin.conftest import client_of, say

DASHBOARD = "/admin/chat/dashboard/"
EVERYTHING = Choice(days=30, model="", assistant="")


@pytest.fixture
def conversation(owner: Any) -> Conversation:
    return Conversation.objects.create(owner=owner, assistant="general", title="A secret title")


def ran(
    conversation: Conversation, *, days_ago: int = 0, tokens: tuple[int, int] | None = None, **values: Any
) -> Run:
    """Store a run that ended; with tokens, what it used."""
    message = say(
        conversation, parent=None, content="a secret answer", **{"trace_id": "t", "model": "small", **values}
    )
    created_at = timezone.now() - timedelta(days=days_ago)
    Run.objects.filter(message=message).update(created_at=created_at)
    if tokens:
        Usage.objects.create(
            run=message.run,
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            accuracy="exact",
            cost="0.25",
            created_at=created_at,
        )
    return message.run


def total(**choice: Any) -> Figures:
    return read_report(Choice(**{"days": 30, "model": "", "assistant": "", **choice})).total


def test_staff_need_the_permission_to_view_runs(db: None):
    assert client_of().get(DASHBOARD).status_code == 403
    assert client_of("view_conversation").get(DASHBOARD).status_code == 403
    assert client_of("view_run").get(DASHBOARD).status_code == 200


def test_strangers_and_members_are_sent_to_sign_in(db: None):
    assert Client().get(DASHBOARD).status_code == 302
    assert client_of("view_run", is_staff=False).get(DASHBOARD).status_code == 302


def test_the_index_leads_there_whoever_may_go(db: None):
    assert f'href="{DASHBOARD}"' in client_of("view_run").get("/admin/").content.decode()
    assert DASHBOARD not in client_of("view_conversation").get("/admin/").content.decode()


def test_nothing_can_be_added_or_changed(db: None):
    client = client_of("view_run", "add_run", "change_run", "delete_run")

    for address in ("add/", "1/change/", "1/delete/"):
        assert client.get(DASHBOARD + address).status_code == 404


def test_ends_are_counted_and_become_rates(conversation: Conversation):
    for status in ["completed"] * 6 + ["cancelled"] * 2 + ["failed", "interrupted"]:
        ran(conversation, status=status)
    ran(conversation, status="queued", ended_at=None, last_seq=0)

    found = total()

    assert (found.runs, found.active, found.ended) == (11, 1, 10)
    assert found.error_rate == 20
    assert found.stop_rate == 20


def test_times_are_told_by_their_percentiles_beside_the_browsers(conversation: Conversation):
    for number in range(101):
        ran(conversation, ttft_ms=number * 10, client_ttft_ms=number * 10 + 50 if number % 2 else None)

    found = total()

    assert (found.ttft_ms_p50, found.ttft_ms_p95) == pytest.approx((500, 950))
    assert (found.client_ttft_ms_p50, found.client_ttft_ms_p95) == pytest.approx((550, 991))


def test_percentiles_of_a_day_are_its_own(conversation: Conversation):
    for days_ago, times in {0: [100, 200], 3: [1000], 9: []}.items():
        for time in times:
            ran(conversation, days_ago=days_ago, ttft_ms=time)
        ran(conversation, days_ago=days_ago)

    report = read_report(EVERYTHING)
    medians = [day.ttft_ms_p50 for day in list(report.days.values())[::-1]]

    assert [medians[0], medians[3], medians[9]] == [150, 1000, None]
    assert report.total.ttft_ms_p50 == 200


def test_tokens_cost_and_speed_are_summed(conversation: Conversation):
    ran(conversation, tokens=(100, 50), ttft_ms=500, duration_ms=1500)
    ran(conversation, tokens=(300, 150), ttft_ms=1000, duration_ms=2000, days_ago=2)
    # Without a first token there is no speed.
    ran(conversation, tokens=(7, 0), duration_ms=900)

    found = total()

    assert (found.input_tokens, found.output_tokens) == (407, 200)
    assert found.tokens_per_second == 100
    assert float(found.cost or 0) == 0.75
    assert found.priced == found.counted == 3


def test_reconnects_and_stalls_are_told_per_run(conversation: Conversation):
    ran(conversation, reconnects=3, client_reconnects=2, client_stalls=1)
    ran(conversation, reconnects=0, client_reconnects=0, client_stalls=0)
    ran(conversation)
    ran(conversation)

    found = total()

    assert found.reconnects_per_run == 0.75
    assert found.client_reconnects_per_run == 1
    assert found.client_stalls_per_run == 0.5


def test_only_what_was_chosen_is_counted(conversation: Conversation):
    ran(conversation, model="small", tokens=(1, 1))
    ran(conversation, model="large", tokens=(10, 10))
    ran(conversation, model="large", assistant="writer", tokens=(100, 100), days_ago=20)
    ran(conversation, model="large", tokens=(1000, 1000), days_ago=60)

    assert (total().runs, total().input_tokens) == (3, 111)
    assert (total(model="large").runs, total(model="large").input_tokens) == (2, 110)
    assert total(model="large", assistant="writer").input_tokens == 100
    assert total(days=7).input_tokens == 11
    assert total(days=90).input_tokens == 1111


def test_every_day_of_the_period_is_there(conversation: Conversation):
    ran(conversation, days_ago=6)

    report = read_report(Choice(days=7, model="", assistant=""))

    assert [day.runs for day in report.days.values()] == [1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "query", ["days=8", "days=x", "days=-7", "days=٧", "model=%00", f"assistant={'x' * 999}"]
)
def test_what_makes_no_sense_is_as_if_it_were_not_there(db: None, query: str):
    assert client_of("view_run").get(f"{DASHBOARD}?{query}").status_code == 200
    assert choice_of({"days": "8"}).days == 30


def test_what_was_chosen_stays_chosen(conversation: Conversation):
    ran(conversation, model="small")
    ran(conversation, model="large")

    page = client_of("view_run").get(DASHBOARD, {"days": "7", "model": "large"}).content.decode()

    assert '<option value="7" selected>' in page
    assert "<option selected>large</option>" in page
    assert "<option>small</option>" in page


def test_each_chart_says_the_same_in_words_and_as_a_table(conversation: Conversation):
    ran(conversation, tokens=(100, 50), ttft_ms=417, duration_ms=1500)

    page = client_of("view_run").get(DASHBOARD).content.decode()
    charts = re.findall(r'<section class="chat-chart".*?</section>', page, re.DOTALL)

    assert len(charts) == 8
    for chart in charts:
        if "Nothing was measured." in chart:
            continue
        summary = re.search(r'role="img" aria-label="([^"]+)"', chart)
        assert summary
        assert f'<p class="chat-chart__summary">{summary[1]}</p>' in chart
        assert chart.count('<th scope="row">') == chart.count("<title>") == 30
    assert "417 ms" in charts[2]
    assert "secret" not in page


def test_the_page_brings_no_style_and_no_script_of_its_own(conversation: Conversation):
    ran(conversation, ttft_ms=417)

    page = client_of("view_run").get(DASHBOARD).content.decode()

    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\bsrc=)", page)
    assert "chat/css/admin-dashboard.css" in page


def test_without_runs_it_says_so_and_what_to_do(conversation: Conversation):
    client = client_of("view_run")
    assert "As soon as somebody is answered" in client.get(DASHBOARD).content.decode()

    ran(conversation)
    page = client.get(DASHBOARD, {"model": "nothing-of-the-kind"}).content.decode()

    assert "No runs in this period." in page
    assert "all models and assistants" in page


def test_it_takes_the_same_queries_for_any_number(conversation: Conversation):
    client = client_of("view_run")
    counts = []
    for number in (1, 50):
        for days_ago in range(number):
            ran(conversation, days_ago=days_ago % 25, tokens=(1, 1), ttft_ms=5, model=f"model-{days_ago}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(DASHBOARD).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 10
