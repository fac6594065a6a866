"""How an answer is queued: the checks before it, and the rows of the message and its run."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat.assistants import Assistant, get_assistant
from chat.attachments.storing import order_as_sent
from chat.conf import chat_settings
from chat.exceptions import (
    AssistantError,
    ConversationNotFound,
    InvalidInput,
    NotAllowed,
    RateLimited,
    RunActive,
)
from chat.models import Attachment, Conversation, Message, Run
from chat.models.member import lock_member
from chat.permissions import current_policy
from chat.protocol.work import inherited
from chat.runs.choices import chosen_model, known_model, model_of
from chat.runs.records import Claim
from chat.runs.statements import (
    CLAIMED_RUN,
    OWN_CONVERSATION,
    SHOW_ANSWER,
    active_runs,
    locked,
    recent_turns,
)
from chat.runs.titles import title_from
from chat.search.indexing import entry_of_new, entry_of_title
from chat.statements import NEW, Step, write
from chat.traceparent import trace_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A user message and the run that answers it; ``is_new`` is False for a repeated request."""

    user_message: Message
    assistant_message: Message
    run: Run
    is_new: bool
    # Of the user message.
    files: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """How a question is to be answered.

    ``client_message_id`` is the click that asks for another answer; a turn's is its question's.
    ``traceparent`` is the request's place in a trace, as ``read_traceparent`` gives it.
    """

    # Empty means the conversation's own.
    assistant: str = ""
    # None means the conversation's own, empty the assistant's or the provider's.
    model: str | None = None
    client_message_id: str = ""
    traceparent: str = ""
    # Whoever executes it; none leaves it to whichever process finds it.
    claim: Claim | None = None


def writable(user: Any, conversation_id: UUID) -> Conversation:
    """Return the conversation, locked, so that turns in it happen one after another.

    Raises ConversationNotFound, NotAllowed.
    """
    policy = current_policy()
    if policy.has_rules_of_its_own:
        found = list(locked(policy.conversations(user).filter(pk=conversation_id)))
    else:
        found = OWN_CONVERSATION.found(member=user.pk, conversation=conversation_id)
    if not found:
        raise ConversationNotFound
    conversation = found[0]
    if not policy.may_post(user, conversation):
        raise NotAllowed
    if conversation.owner_id == user.pk:
        # The prompt will name the owner: here is one who need not be looked up.
        conversation.owner = user
    return conversation


def refuse_if_answering(conversation: Conversation) -> None:
    """Raise RunActive if an answer is being written."""
    for active in Run.objects.active().filter(conversation=conversation).values_list("pk", flat=True):
        raise RunActive(active)


def refuse_if_over_limits(user: Any) -> None:
    """Raise RateLimited if the member has all the runs that they may have."""
    limits = chat_settings()
    if not (limits.ACTIVE_RUNS_PER_MEMBER or limits.TURNS_PER_MINUTE):
        return
    # Turns of one member in two conversations count each other.
    lock_member(user)
    most_active, most_recent = limits.ACTIVE_RUNS_PER_MEMBER, limits.TURNS_PER_MINUTE
    if most_active and len(active_runs(most_active).rows(member=user.pk)) == most_active:
        raise RateLimited("too many active runs", retry_after_seconds=5)
    if most_recent:
        now = timezone.now()
        a_minute_ago = now - timedelta(minutes=1)
        recent = recent_turns(most_recent).rows(member=user.pk, after=a_minute_ago, until=now)
        if len(recent) == most_recent:
            ((oldest,),) = recent[-1:]
            wait = oldest + timedelta(minutes=1) - now
            raise RateLimited("too many turns", retry_after_seconds=int(wait.total_seconds()) + 1)


def later_than(parent: Message | None) -> datetime:
    """Return a time for a message that comes after its parent."""
    # Reading a path relies on it, also where a host's clock was set back.
    now = timezone.now()
    return now if parent is None else max(now, parent.created_at + timedelta(microseconds=1))


def queue_answer(
    user: Any,
    conversation: Conversation,
    question: Message,
    new: NewAnswer,
    *,
    is_new_question: bool = False,
    files: Sequence[Attachment] = (),
    cut: Message | None = None,
) -> Turn:
    """Store the question, if it is new, with its files, and its answer with its queued run.

    ``cut`` is an answer that this one continues: it begins with all that was said in that one. Raises
    InvalidInput for an unknown assistant or model, and for images that the model cannot look at.
    """
    assistant = _assistant(user, new.assistant or conversation.assistant)
    # The rest of an answer comes from the model that began it, also if it is offered no more.
    chosen = new.model or "" if cut else chosen_model(user, conversation, new.model)
    model = model_of(assistant, chosen)
    files = files if is_new_question else list(question.attachments.without_text())
    _refuse_unseen_images(model, files)
    answer = Message(
        conversation=conversation,
        parent=question,
        role=Message.Role.ASSISTANT,
        content=cut.content if cut else "",
        work=inherited(cut.work) if cut else None,
        client_message_id=new.client_message_id or None,
        created_at=later_than(question),
    )
    steps = [NEW.step(*([question, answer] if is_new_question else [answer]))]
    if is_new_question:
        # What a new question is sent to is remembered; another answer to an old one is an exception.
        conversation.assistant, conversation.model = assistant.key, chosen
        steps += _entries(conversation, question, files)
    run = _queued_run(answer, assistant, model, new)
    write(*steps, _stored(run, new.claim), _shown(conversation, answer))
    if is_new_question:
        _attach(question, files)
    return Turn(user_message=question, assistant_message=answer, run=run, is_new=True, files=files)


def _entries(conversation: Conversation, question: Message, files: Sequence[Attachment]) -> Iterator[Step]:
    """Yield what lets a new question be found, and its conversation, which gets a title if it has none."""
    yield from entry_of_new(conversation, question)
    if not conversation.title:
        conversation.title = title_from(question.content or files[0].name)
        yield from entry_of_title(conversation)


def _attach(question: Message, files: Sequence[Attachment]) -> None:
    if files:
        question.attachments.set(files)
        order_as_sent(files)


def _queued_run(answer: Message, assistant: Assistant, model: str, new: NewAnswer) -> Run:
    return Run(
        conversation=answer.conversation,
        message=answer,
        assistant=assistant.key,
        assistant_version=assistant.version,
        model=model,
        inherited_characters=len(answer.content),
        language=translation.get_language() or "",
        trace_id=trace_id_of(new.traceparent) if new.traceparent else uuid.uuid4().hex,
        traceparent=new.traceparent,
    )


def _stored(run: Run, claim: Claim | None) -> Step:
    """Store it as one that is executed already, if somebody is there who will."""
    if claim is None:
        return NEW.step(run)
    run.status, run.lease_owner, run.fence, run.attempt = Run.Status.RUNNING, claim.owner, 1, 1
    run.model, run.started_at = run.model or claim.default_model, timezone.now()
    return CLAIMED_RUN.step(run, lease=timedelta(seconds=claim.lease_seconds))


def _shown(conversation: Conversation, answer: Message) -> Step:
    """Let the conversation end with the answer, for everybody who looks at it."""
    conversation.active_leaf = answer
    conversation.updated_at = answer.created_at
    return SHOW_ANSWER.step(
        conversation=conversation.pk,
        answer=answer.pk,
        said_at=answer.created_at,
        title=conversation.title,
        assistant=conversation.assistant,
        model=conversation.model,
    )


def _refuse_unseen_images(model: str, files: Iterable[Attachment]) -> None:
    if known_model(model).vision or not any(file.is_image for file in files):
        return
    sentence = _("This model cannot look at images. Choose another one, or remove the images.")
    raise InvalidInput("no vision", fields={"attachments": [sentence]})


def _assistant(user: Any, key: str) -> Assistant:
    try:
        assistant = get_assistant(key)
    except AssistantError as error:
        raise InvalidInput(str(error), fields={"assistant": [_("There is no such assistant.")]}) from error
    if not current_policy().may_use_assistant(user, assistant.key):
        raise InvalidInput(fields={"assistant": [_("There is no such assistant.")]})
    return assistant
