"""Reviewers of every kind, and something to review."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message, Run, Usage


def client_of(*permissions: str, is_staff: bool = True) -> Client:
    """Return the browser of somebody who has these permissions."""
    user, _ = get_user_model().objects.get_or_create(username="reviewer", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def say(conversation: Conversation, *, parent: Message | None, content: str, **run: Any) -> Message:
    """Store what the member says; with the fields of a run, what the assistant answers."""
    message = Message.objects.create(
        conversation=conversation,
        parent=parent,
        role=Message.Role.ASSISTANT if run else Message.Role.USER,
        content=content,
    )
    if run:
        Run.objects.create(
            **{
                "conversation": conversation,
                "message": message,
                "assistant": conversation.assistant,
                "status": Run.Status.COMPLETED,
                "ended_at": timezone.now(),
                "last_seq": 9,
                **run,
            }
        )
    return message


def new_conversation(owner: Any, *, age: timedelta = timedelta()) -> Conversation:
    """Store a conversation of one turn that was last used so long ago."""
    conversation = Conversation.objects.create(
        owner=owner,
        assistant="general",
        title="A secret title",
        updated_at=timezone.now() - age,
    )
    question = say(conversation, parent=None, content="a secret question")
    conversation.active_leaf = say(
        conversation, parent=question, content="a secret answer", trace_id=f"trace-{conversation.pk}"
    )
    conversation.save()
    return conversation


@pytest.fixture
def owner(db: None) -> Any:
    return get_user_model().objects.create_user("mina")


@pytest.fixture
def conversation(owner: Any) -> Conversation:
    """One turn whose run has every measurement, asked again without luck."""
    conversation = new_conversation(owner)
    answer = conversation.active_leaf
    assert answer is not None
    run = answer.run
    run.model, run.assistant_version = "gpt-small", "general.yaml@0123456789ab"
    run.ttft_ms, run.duration_ms = 417, 5123
    run.save()
    Usage.objects.create(run=run, input_tokens=121, output_tokens=304, accuracy="exact", cost="0.000532")
    say(
        conversation,
        parent=answer.parent,
        content="half of an",
        trace_id="trace-failed",
        status=Run.Status.FAILED,
        error_code="provider_timeout",
    )
    return conversation
