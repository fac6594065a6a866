"""Seeding: as much as was asked for, of every kind, and whole."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Feedback, Message, Run, Usage
from chat.runs.tree import read_path

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def seed(**options: Any) -> None:
    call_command("chat_seed", yes=True, verbosity=0, **{"members": 5, **options})


def test_it_makes_exactly_as_much_as_was_asked_for() -> None:
    seed(conversations=40, messages=801)

    assert Conversation.objects.count() == 40
    assert Message.objects.count() == 801
    answers = Message.objects.filter(role=Message.Role.ASSISTANT)
    assert Run.objects.count() == answers.count()


def test_it_makes_something_of_every_kind() -> None:
    seed(conversations=60, messages=1_500, active=2)

    assert set(Run.objects.values_list("status", flat=True)) >= {
        "queued",
        "completed",
        "cancelled",
        "failed",
        "interrupted",
    }
    assert Usage.objects.filter(cost__gt=0).exists()
    assert set(Feedback.objects.values_list("rating", flat=True)) == {1, -1}
    assert Run.objects.filter(client_ttft_ms__isnull=False).exists()
    assert Message.objects.filter(content__contains="요").exists()
    parents = Counter(Message.objects.exclude(parent=None).values_list("parent", flat=True))
    assert max(parents.values()) > 1


def test_no_run_is_left_to_be_answered_unless_that_was_asked_for() -> None:
    seed(conversations=10, messages=100)

    assert not Run.objects.active().exists()


def test_it_reaches_back_as_far_as_was_asked_for_and_not_into_the_future() -> None:
    seed(conversations=50, messages=1_000, days=100)

    oldest = Conversation.objects.earliest("created_at").created_at
    assert timedelta(days=99) < timezone.now() - oldest < timedelta(days=101)
    assert Message.objects.latest("created_at").created_at <= timezone.now()


def test_a_second_time_it_adds() -> None:
    seed(conversations=10, messages=100)
    seed(conversations=10, messages=100)

    assert Conversation.objects.count() == 20


def test_without_messages_conversations_are_empty() -> None:
    seed(conversations=3, messages=0)

    assert Conversation.objects.filter(active_leaf=None).count() == 3


def test_where_nobody_develops_it_wants_to_be_asked_twice() -> None:
    with pytest.raises(CommandError, match="--yes"):
        call_command("chat_seed", conversations=1)

    assert not Conversation.objects.exists()


@pytest.mark.parametrize("option", ["conversations", "members", "days"])
def test_what_makes_no_sense_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match=option):
        seed(**{option: 0})


@pytest.mark.django_db(transaction=True)
async def test_a_seeded_conversation_can_be_read_from_its_leaf_to_its_beginning() -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(seed)(conversations=1, messages=60)
    conversation = await Conversation.objects.select_related("owner").aget()

    page = await read_path(conversation, length=1_000)
    client = AsyncClient()
    await client.aforce_login(conversation.owner)

    assert page is not None
    assert page.older is None
    assert page.steps[0].message.parent_id is None
    assert (await client.get(reverse("chat:conversation", args=[conversation.pk]))).status_code == 200
