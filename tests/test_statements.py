"""Statements that are written once do what the same querysets do."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import CharField, UUIDField
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Message
from chat.statements import Change, Selection, Slot, store

pytestmark = pytest.mark.django_db

OF_ONE = Slot("conversation", UUIDField())
TOLD = Selection(
    lambda: (
        Message.objects.filter(conversation=OF_ONE)
        .order_by("created_at", "id")
        .values_list("id", "parent_id", "content", "work", "created_at")
    )
)
REWRITE = Change(
    lambda: Message.objects.filter(conversation=OF_ONE, role=Slot("role", CharField())),
    content=Slot("text", CharField()),
)


@pytest.fixture
def conversation(django_user_model: Any) -> Conversation:
    owner = django_user_model.objects.create_user("teller")
    return Conversation.objects.create(owner=owner, assistant="general")


def two_messages(conversation: Conversation) -> tuple[Message, Message]:
    question = Message(conversation=conversation, role="user", content="50 % of 한국?")
    return question, Message(conversation=conversation, role="assistant", parent=question, work={"steps": []})


def test_what_is_stored_is_selected_as_a_queryset_has_it(conversation: Conversation) -> None:
    question, answer = two_messages(conversation)

    store(question, answer)

    assert Message.objects.get(pk=answer.pk).parent == question
    fields = ("id", "parent_id", "content", "work", "created_at")
    told = Message.objects.filter(conversation=conversation).order_by("created_at", "id").values_list(*fields)
    assert TOLD.rows(conversation=conversation.pk) == list(told)
    assert len(told) == 2


def test_a_stored_row_can_be_saved_again(conversation: Conversation) -> None:
    question, _ = two_messages(conversation)
    store(question)

    question.content = "Other words"
    question.save()

    assert Message.objects.get().content == "Other words"


def test_a_change_says_how_many_rows_it_was_done_to(conversation: Conversation) -> None:
    store(*two_messages(conversation))

    assert REWRITE.apply(conversation=conversation.pk, role="user", text="'; --") == 1
    assert REWRITE.apply(conversation=conversation.pk, role="tool", text="nobody's") == 0

    assert [text for _, _, text, _, _ in TOLD.rows(conversation=conversation.pk)] == ["'; --", ""]


def test_a_row_that_is_there_already_is_refused(conversation: Conversation) -> None:
    question, _ = two_messages(conversation)
    store(question)

    with pytest.raises(IntegrityError):
        store(question)


def test_values_of_one_call_are_not_in_the_next_one(conversation: Conversation) -> None:
    store(*two_messages(conversation))
    other = Conversation.objects.create(owner=conversation.owner, assistant="general")

    with CaptureQueriesContext(connection) as asked:
        assert len(TOLD.rows(conversation=conversation.pk)) == 2
        assert TOLD.rows(conversation=other.pk) == []

    assert len(asked) == 2
