"""Who may read, and that nobody may write."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from chat.models import Conversation, Message, Run
from tests.admin.conftest import client_of

CONVERSATIONS = "/admin/chat/conversation/"
RUNS = "/admin/chat/run/"
EVERYTHING = [
    f"{action}_{model}" for action in ("add", "change", "view") for model in ("conversation", "run")
]


def addresses_of(conversation: Conversation) -> list[str]:
    run = conversation.runs.first()
    assert run is not None
    return [
        CONVERSATIONS,
        f"{CONVERSATIONS}{conversation.pk}/change/",
        f"{CONVERSATIONS}{conversation.pk}/history/",
        RUNS,
        f"{RUNS}{run.pk}/change/",
    ]


def statuses(client: Client, conversation: Conversation) -> set[int]:
    return {client.get(address).status_code for address in addresses_of(conversation)}


def test_a_stranger_is_sent_to_sign_in(conversation: Conversation):
    assert statuses(Client(), conversation) == {302}


def test_a_member_is_sent_to_sign_in_even_with_permissions(conversation: Conversation):
    assert statuses(client_of(*EVERYTHING, is_staff=False), conversation) == {302}


def test_the_owner_has_no_way_in(conversation: Conversation):
    client = Client()
    client.force_login(conversation.owner)

    assert statuses(client, conversation) == {302}


def test_staff_without_the_permission_see_nothing(conversation: Conversation):
    assert statuses(client_of(), conversation) == {403}


def test_staff_with_the_permission_read(conversation: Conversation):
    assert statuses(client_of("view_conversation", "view_run"), conversation) == {200}


def test_whoever_sees_runs_does_not_see_conversations(conversation: Conversation):
    client = client_of("view_run")

    assert client.get(RUNS).status_code == 200
    assert client.get(f"{CONVERSATIONS}{conversation.pk}/change/").status_code == 403


@pytest.mark.parametrize("model", ["conversation", "run"])
def test_nobody_adds(conversation: Conversation, model: str):
    client = client_of(*EVERYTHING)

    assert client.get(f"/admin/chat/{model}/add/").status_code == 403
    assert client.post(f"/admin/chat/{model}/add/", {"title": "x"}).status_code == 403


def test_nobody_changes(conversation: Conversation):
    before = [list(model._default_manager.values()) for model in (Conversation, Message, Run)]
    client = client_of(*EVERYTHING)

    changed = {
        client.post(a, {"title": "x", "status": "failed"}).status_code for a in addresses_of(conversation)
    }

    assert 403 in changed
    assert 302 not in changed
    assert [list(model._default_manager.values()) for model in (Conversation, Message, Run)] == before


@pytest.mark.parametrize("permission", ["view_conversation", "change_conversation", "delete_run"])
def test_deleting_needs_the_permission_to_delete(conversation: Conversation, permission: str):
    client = client_of(permission, "view_conversation", "view_run")
    page = client.get(f"{CONVERSATIONS}{conversation.pk}/change/").content.decode()

    assert "deletelink" not in page
    assert delete(client, conversation) == 403
    delete_selected(client, conversation)
    assert Conversation.objects.filter(pk=conversation.pk).exists()


@pytest.mark.parametrize("way", ["one", "selected"])
def test_a_conversation_is_deleted_with_all_that_was_said(conversation: Conversation, way: str):
    client = client_of("view_conversation", "delete_conversation")
    page = client.get(f"{CONVERSATIONS}{conversation.pk}/change/").content.decode()

    assert "deletelink" in page
    assert (delete if way == "one" else delete_selected)(client, conversation) == 302
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Run.objects.exists()


def test_before_deleting_it_is_said_how_much_goes_and_no_text(conversation: Conversation):
    client = client_of("view_conversation", "delete_conversation")

    page = client.get(f"{CONVERSATIONS}{conversation.pk}/delete/").content.decode()

    assert "messages: 3" in page.lower()
    assert "runs: 2" in page.lower()
    assert "secret" not in page


def test_what_the_log_keeps_of_a_deletion_holds_no_text(conversation: Conversation):
    delete(client_of("view_conversation", "delete_conversation"), conversation)

    [entry] = LogEntry.objects.all()
    assert entry.object_repr == str(conversation.pk)
    assert "secret" not in entry.change_message


def test_a_run_is_not_deleted_by_itself(conversation: Conversation):
    run = conversation.runs.first()
    assert run is not None

    response = client_of("view_run", "delete_run").post(f"{RUNS}{run.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403


def test_an_address_that_is_no_id_leads_back(conversation: Conversation):
    assert client_of("view_conversation").get(f"{CONVERSATIONS}nothing/change/").status_code == 302


def delete(client: Client, conversation: Conversation) -> int:
    return client.post(f"{CONVERSATIONS}{conversation.pk}/delete/", {"post": "yes"}).status_code


def delete_selected(client: Client, conversation: Conversation) -> int:
    form: dict[str, Any] = {"action": "delete_selected", "_selected_action": [conversation.pk], "post": "yes"}
    return client.post(CONVERSATIONS, form).status_code
