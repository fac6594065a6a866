"""When messages were written: in the words, the language and the days of who reads them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone, translation

from chat.models import Conversation
from chat.views.moments import told
from tests.doors.sharing import page_of, said, share, visitor

__all__ = ["said", "visitor"]

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "moments.json").read_text(encoding="utf-8"))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['language']} {case['words']}")
def test_a_moment_is_said_as_the_page_says_it(case: dict[str, Any]) -> None:
    moment, now = (datetime.fromisoformat(case[name]) for name in ("moment", "now"))
    before = moment - timedelta(days=5)

    with translation.override(case["language"]):
        said = told([before, moment], now=now, zone=ZoneInfo(case["zone"]))[1]

    assert (said.words.replace("\N{NO-BREAK SPACE}", " "), said.day) == (case["words"], case["day"])
    assert datetime.fromisoformat(said.iso) == moment


def test_a_day_is_named_where_it_begins_between_two_messages() -> None:
    written = [NOON - timedelta(hours=hours) for hours in (37, 36, 13, 11, 0)]

    assert [one.day for one in told(written, now=NOON, zone=UTC)] == ["", "Yesterday", "", "Today", ""]
    assert told([], now=NOON, zone=UTC) == []


def test_a_day_begins_when_it_does_where_the_reader_is() -> None:
    written = [NOON - timedelta(hours=hours) for hours in (8, 6)]

    days = {zone: told(written, now=NOON, zone=ZoneInfo(zone))[1].day for zone in ("UTC", "America/New_York")}

    assert days == {"UTC": "", "America/New_York": "Today"}


async def test_the_page_and_what_is_shared_name_the_days(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    now = timezone.now()
    await said.messages.filter(role="user").aupdate(created_at=now - timedelta(days=40))
    # It is about noon there: no day ends while the test looks.
    for browser in (client, visitor):
        browser.cookies["chat_timezone"] = f"Etc/GMT{now.hour - 12:+d}"
    address = reverse("chat:conversation", args=[said.pk])

    page = (await client.get(address)).content.decode()
    shared = (await page_of(visitor, (await share(client, said))["url"])).content.decode()
    korean = (await client.get(address, headers={"Accept-Language": "ko"})).content.decode()

    assert (page.count('<p class="chat-day">'), shared.count('<p class="chat-day">')) == (1, 1)
    assert (
        page.index("You said")
        < page.index('<p class="chat-day">Today</p>')
        < page.index("The assistant said")
    )
    assert re.search(r'<time data-part="time" datetime="20[^"]+" title="[^"]*20[^"]+">now</time>', page)
    assert '<p class="chat-day">오늘</p>' in korean
