"""Statements that are written once do what the same querysets do."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import CharField, UUIDField
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Message
from chat.statements import NEW, Change, Insertion, Records, Selection, Slot, store, write

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


def test_what_is_written_at_once_is_one_statement_where_the_database_can_do_so(
    conversation: Conversation,
) -> None:
    question, answer = two_messages(conversation)
    store(question)

    with CaptureQueriesContext(connection) as asked:
        written = REWRITE.step(conversation=conversation.pk, role="user", text="Rewritten")
        assert write(NEW.step(answer), written) == 1

    assert len(asked) == (1 if connection.vendor == "postgresql" else 2)
    assert [text for _, _, text, _, _ in TOLD.rows(conversation=conversation.pk)] == ["Rewritten", ""]
    answer.content = "Saved as any other row"
    answer.save()


def test_a_row_that_may_be_there_is_left_as_it_is(conversation: Conversation) -> None:
    question, _ = two_messages(conversation)
    store(question)
    again = Message(pk=question.pk, conversation=conversation, role="user", content="Another")

    assert write(Insertion(may_be_there=True).step(again)) == 0

    assert Message.objects.get().content == question.content


def test_records_are_what_a_queryset_finds_with_what_it_selects_beside_them(
    conversation: Conversation,
) -> None:
    found = Records(lambda: Conversation.objects.filter(pk=OF_ONE).select_related("active_leaf"))
    (without,) = found.found(conversation=conversation.pk)
    question, _ = two_messages(conversation)
    store(question)
    Conversation.objects.update(active_leaf=question)

    (one,) = found.found(conversation=conversation.pk)

    assert without.active_leaf is None
    for field in Conversation._meta.concrete_fields:
        assert getattr(one, field.attname) == getattr(Conversation.objects.get(), field.attname)
    with CaptureQueriesContext(connection) as asked:
        assert one.active_leaf.content == question.content
    assert len(asked) == 0
    one.title = "Saved as any other row"
    one.save()
