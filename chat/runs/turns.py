"""How a turn begins: what the member said and the queued run are stored in one transaction."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat.assistants import Assistant, get_assistant
from chat.conf import chat_settings
from chat.exceptions import (
    AssistantError,
    ClientMessageIdReused,
    ConversationNotFound,
    InvalidInput,
    MessageNotFound,
    NotAllowed,
    RateLimited,
    RunActive,
    Unavailable,
)
from chat.models import Conversation, Message, Run
from chat.permissions import current_policy
from chat.runs.dispatch import current_dispatcher
from chat.traceparent import trace_id_of

TITLE_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """What a member sends. Without ``parent_id`` it continues the path that is shown.

    ``traceparent`` is the request's place in a trace, as ``read_traceparent`` gives it.
    """

    content: str
    client_message_id: str
    parent_id: UUID | None = None
    # Empty means the conversation's own.
    assistant: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A user message and the run that answers it; ``is_new`` is False for a repeated request."""

    user_message: Message
    assistant_message: Message
    run: Run
    is_new: bool


async def start_turn(*, user: Any, conversation_id: UUID, new: NewTurn) -> Turn:
    """Store what the member said and have it answered; the same ``client_message_id`` gives the same turn.

    Raises ConversationNotFound, MessageNotFound for the parent, NotAllowed, RunActive,
    ClientMessageIdReused, RateLimited, Unavailable, and InvalidInput for an unknown assistant.
    """
    _refuse_if_full()
    turn = await sync_to_async(record_turn)(user, conversation_id, new)
    if turn.is_new:
        current_dispatcher().submit(turn.run.pk)
    return turn


async def regenerate(*, user: Any, message_id: UUID, assistant: str = "", traceparent: str = "") -> Turn:
    """Have the question of an answer answered once more; the new answer is a sibling, the old one stays.

    Raises MessageNotFound (also for a message that is no answer), NotAllowed, RunActive, RateLimited,
    Unavailable, InvalidInput.
    """
    _refuse_if_full()
    turn = await sync_to_async(record_regeneration)(user, message_id, assistant, traceparent)
    current_dispatcher().submit(turn.run.pk)
    return turn


def _refuse_if_full() -> None:
    if current_dispatcher().is_full:
        raise Unavailable("this process has all the runs that it may have")


def record_turn(user: Any, conversation_id: UUID, new: NewTurn) -> Turn:
    """Store a turn. It is queued: whoever dispatches next begins it."""
    try:
        return _record_turn(user, conversation_id, new)
    except IntegrityError:
        # A database without row locks let two requests in; the other one has committed, so look again.
        return _record_turn(user, conversation_id, new)


@transaction.atomic
def _record_turn(user: Any, conversation_id: UUID, new: NewTurn) -> Turn:
    conversation = _writable(user, conversation_id)
    earlier = conversation.messages.filter(client_message_id=new.client_message_id).first()
    if earlier is not None:
        return _same_turn(earlier, new)
    _refuse_if_busy(user, conversation)
    parent = _parent(conversation, new.parent_id)
    said_at = _later_than(parent)
    question = Message(
        conversation=conversation,
        parent=parent,
        role=Message.Role.USER,
        content=new.content,
        client_message_id=new.client_message_id,
        created_at=said_at,
    )
    if not conversation.title:
        conversation.title = title_from(new.content)
    return _queue_answer(user, conversation, question, new.assistant, new.traceparent, is_new=True)


@transaction.atomic
def record_regeneration(user: Any, message_id: UUID, assistant: str, traceparent: str = "") -> Turn:
    """Store a second answer to the same question, queued."""
    answers = current_policy().messages(user).filter(role=Message.Role.ASSISTANT)
    answer = answers.select_related("parent").filter(pk=message_id).first()
    if answer is None or answer.parent is None:
        raise MessageNotFound
    conversation = _writable(user, answer.conversation_id)
    _refuse_if_busy(user, conversation)
    return _queue_answer(user, conversation, answer.parent, assistant, traceparent, is_new=False)


def title_from(content: str) -> str:
    """Return the first words of a text, short enough for a list."""
    first_line = " ".join(content.strip().split("\n", 1)[0].split())
    if len(first_line) <= TITLE_CHARACTERS:
        return first_line
    return first_line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def _writable(user: Any, conversation_id: UUID) -> Conversation:
    """Return the conversation, locked, so that turns in it happen one after another."""
    visible = current_policy().conversations(user).filter(pk=conversation_id)
    conversation = visible.select_for_update(of=("self",)).select_related("active_leaf").first()
    if conversation is None:
        raise ConversationNotFound
    if not current_policy().may_post(user, conversation):
        raise NotAllowed
    return conversation


def _same_turn(question: Message, new: NewTurn) -> Turn:
    if question.content != new.content:
        raise ClientMessageIdReused
    run = (
        Run.objects.select_related("message")
        .filter(message__parent=question)
        .order_by("created_at", "id")
        .first()
    )
    if run is None:
        raise ClientMessageIdReused
    return Turn(user_message=question, assistant_message=run.message, run=run, is_new=False)


def _refuse_if_busy(user: Any, conversation: Conversation) -> None:
    active = conversation.runs.active().first()
    if active is not None:
        raise RunActive(active.pk)
    limits = chat_settings()
    if limits.ACTIVE_RUNS_PER_MEMBER or limits.TURNS_PER_MINUTE:
        # Locked, so that turns of one member in two conversations count each other.
        get_user_model()._default_manager.select_for_update(no_key=True).get(pk=user.pk)
    runs = Run.objects.filter(conversation__owner=user)
    if limits.ACTIVE_RUNS_PER_MEMBER and runs.active().count() >= limits.ACTIVE_RUNS_PER_MEMBER:
        raise RateLimited("too many active runs", retry_after_seconds=5)
    if limits.TURNS_PER_MINUTE:
        now = timezone.now()
        # The upper bound leaves out what a host with a clock that is ahead has stored.
        recent = list(
            runs.filter(created_at__gt=now - timedelta(minutes=1), created_at__lte=now)
            .order_by("-created_at")
            .values_list("created_at", flat=True)[: limits.TURNS_PER_MINUTE]
        )
        if len(recent) == limits.TURNS_PER_MINUTE:
            wait = recent[-1] + timedelta(minutes=1) - now
            raise RateLimited("too many turns", retry_after_seconds=int(wait.total_seconds()) + 1)


def _parent(conversation: Conversation, parent_id: UUID | None) -> Message | None:
    if parent_id is None:
        return conversation.active_leaf
    parent = conversation.messages.filter(pk=parent_id).first()
    if parent is None:
        raise MessageNotFound
    if parent.role == Message.Role.USER:
        raise InvalidInput(fields={"parent": [_("A message of a member cannot be continued by a member.")]})
    return parent


def _later_than(parent: Message | None) -> datetime:
    # Reading a path relies on it, also where a host's clock was set back.
    now = timezone.now()
    return now if parent is None else max(now, parent.created_at + timedelta(microseconds=1))


def _queue_answer(
    user: Any,
    conversation: Conversation,
    question: Message,
    assistant_key: str,
    traceparent: str,
    *,
    is_new: bool,
) -> Turn:
    """Store the question, if it is new, and the empty answer with its queued run."""
    assistant = _assistant(user, assistant_key or conversation.assistant)
    answer = Message(
        conversation=conversation,
        parent=question,
        role=Message.Role.ASSISTANT,
        created_at=_later_than(question),
    )
    Message.objects.bulk_create([question, answer] if is_new else [answer])
    run = Run.objects.create(
        conversation=conversation,
        message=answer,
        assistant=assistant.key,
        assistant_version=assistant.version,
        model=assistant.model,
        language=translation.get_language() or "",
        trace_id=trace_id_of(traceparent) if traceparent else uuid.uuid4().hex,
        traceparent=traceparent,
    )
    conversation.active_leaf = answer
    conversation.updated_at = answer.created_at
    conversation.save(update_fields=["active_leaf", "updated_at", "title"])
    return Turn(user_message=question, assistant_message=answer, run=run, is_new=True)


def _assistant(user: Any, key: str) -> Assistant:
    try:
        assistant = get_assistant(key)
    except AssistantError as error:
        raise InvalidInput(str(error), fields={"assistant": [_("There is no such assistant.")]}) from error
    if not current_policy().may_use_assistant(user, assistant.key):
        raise InvalidInput(fields={"assistant": [_("There is no such assistant.")]})
    return assistant
