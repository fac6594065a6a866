"""What reviewers see, and what they cannot do."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Message, Run

pytestmark = pytest.mark.django_db
LIST = "/admin/chat/conversation/"


@pytest.fixture
def conversation() -> Conversation:
    owner = get_user_model().objects.create_user("member")
    conversation = Conversation.objects.create(owner=owner, assistant="general", title="A secret title")
    parent = None
    for number in range(4):
        is_question = number % 2 == 0
        parent = Message.objects.create(
            conversation=conversation,
            parent=parent,
            role="user" if is_question else "assistant",
            content=f"text {number} <script>alert(1)</script> [x](javascript:alert(1))",
        )
        if not is_question:
            Run.objects.create(
                conversation=conversation,
                message=parent,
                assistant="general",
                trace_id=f"trace-{number}",
                status=Run.Status.COMPLETED,
                ended_at=parent.created_at,
                last_seq=9,
            )
    return conversation


def client_of(*permissions: str, is_staff: bool = True) -> Client:
    user = get_user_model().objects.create_user("reviewer", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_list_shows_whose_and_how_but_no_text(conversation: Conversation) -> None:
    page = client_of("view_conversation").get(LIST).content.decode()

    assert str(conversation.pk) in page
    assert "member" in page
    assert "completed" in page
    assert "text 0" not in page
    assert "A secret title" not in page


def test_the_transcript_shows_every_message_and_runs_nothing(conversation: Conversation) -> None:
    page = client_of("view_conversation").get(f"{LIST}{conversation.pk}/change/").content.decode()

    for number in range(4):
        assert f"text {number}" in page
    assert "trace-1" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_takes_the_same_queries_for_any_number(
    conversation: Conversation, number: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(number):
        Conversation.objects.create(owner=conversation.owner, assistant="general")
    client = client_of("view_conversation")

    with django_assert_max_num_queries(8):
        client.get(LIST)


def test_long_transcripts_are_paged(conversation: Conversation) -> None:
    for number in range(150):
        Message.objects.create(conversation=conversation, role="user", content=f"line {number}!")
    client = client_of("view_conversation")

    first = client.get(f"{LIST}{conversation.pk}/change/").content.decode()
    second = client.get(f"{LIST}{conversation.pk}/change/?p=2").content.decode()

    assert "line 0!" in first
    assert "line 149!" not in first
    assert "line 149!" in second


def test_nobody_adds_or_changes(conversation: Conversation) -> None:
    client = client_of("view_conversation", "add_conversation", "change_conversation")

    assert client.get(f"{LIST}add/").status_code == 403
    response = client.post(f"{LIST}{conversation.pk}/change/", {"title": "changed"})

    assert response.status_code == 403
    conversation.refresh_from_db()
    assert conversation.title == "A secret title"


@pytest.mark.parametrize(("is_staff", "status"), [(True, 403), (False, 302)])
def test_who_may_not_view_sees_nothing(conversation: Conversation, is_staff: bool, status: int) -> None:
    client = client_of(is_staff=is_staff)

    assert client.get(LIST).status_code == status
    assert client.get(f"{LIST}{conversation.pk}/change/").status_code == status
    assert client.get(reverse("admin:chat_run_changelist")).status_code == status


def test_deleting_needs_the_permission(conversation: Conversation) -> None:
    url = reverse("admin:chat_conversation_delete", args=[conversation.pk])

    assert client_of("view_conversation").post(url, {"post": "yes"}).status_code == 403
    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_an_address_that_is_no_id_leads_back_to_the_list(conversation: Conversation) -> None:
    assert client_of("view_conversation").get(f"{LIST}nothing/change/").status_code == 302


def test_runs_are_found_by_their_trace(conversation: Conversation) -> None:
    page = client_of("view_run").get("/admin/chat/run/?q=trace-1").content.decode()

    assert str(Run.objects.get(trace_id="trace-1").pk) in page
    assert str(Run.objects.get(trace_id="trace-3").pk) not in page
