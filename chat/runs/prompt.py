"""What the model is told: the assistant's instructions and the path of messages, within a budget."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.assistants import Assistant, get_assistant, render_system_prompt
from chat.conf import chat_settings
from chat.exceptions import AssistantError, ContextTooLong, ProviderRejected
from chat.models import Attachment, Message, Run
from chat.providers.base import IMAGE_TOKENS, Prompt, PromptMessage, Role
from chat.runs.choices import known_model, prompt_budget
from chat.runs.documents import MOST_IMAGE_BYTES, images_of, quoted, tokens_of
from chat.runs.statements import MESSAGES_PER_READ, messages_before
from chat.token_estimate import estimate_tokens

# Vendors put a few tokens of their own around each message.
TOKENS_PER_MESSAGE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message on the way to an answer, with its files."""

    role: Role
    content: str
    files: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run that was stored here just now as executed by this process, and what the model is told."""

    run: Run
    # None where that is not known yet.
    prompt: Prompt | None


def new_run(stored: Run) -> NewRun:
    """Return a run with its prompt, which its execution would ask for on another thread."""
    # Whoever stored it may still be telling of it: what happens to it is not theirs.
    run = copy(stored)
    run.message = copy(stored.message)
    prompt = None
    # Its execution meets the same error, and says so to who follows.
    with suppress(Exception):
        prompt = build_prompt(run)
    # What has passed since it was made is a part of the time to its first token.
    run.started_at = timezone.now()
    return NewRun(run=run, prompt=prompt)


def name_of(member: Any) -> str:
    """Return what to call a member. Of a site's own kind of account only a username is sure."""
    short_name = getattr(member, "get_short_name", str)()
    return str(short_name or member.get_username())


def build_prompt(run: Run) -> Prompt:
    """Return the prompt for a run: the system prompt stays, the oldest messages are dropped first.

    A run that another process gave up, or that continues another answer, is asked to go on from the text that
    its message has; what it may say is less by what it said itself.

    Raises ContextTooLong if not even the last message fits, ProviderRejected if the assistant is gone.
    """
    assistant = assistant_of(run)
    user_name = name_of(run.conversation.owner)
    instructions = render_system_prompt(assistant, user_name=user_name, now=timezone.localtime())
    said = run.message.content
    said_by_run = said[run.inherited_characters :]
    budget = prompt_budget(run.model) - _cost(instructions)
    sees_images = known_model(run.model).vision
    messages = list(_within(budget, _path_up_from(run), sees_images=sees_images))
    if not messages:
        raise ContextTooLong(f"the newest message of run {run.pk} alone is over the budget")
    parameters = dict(assistant.parameters)
    longest = int(parameters.pop("max_output_tokens", chat_settings().MAX_OUTPUT_TOKENS))
    return Prompt(
        model=run.model,
        messages=(PromptMessage(role="system", content=instructions), *reversed(messages)),
        parameters=parameters,
        # At least one, which providers insist on.
        max_output_tokens=max(1, longest - estimate_tokens(said_by_run)),
        continues=said,
        trace_id=run.trace_id,
    )


def prompt_tokens(prompt: Prompt) -> int:
    """Guess how many tokens a prompt has."""
    images = sum(len(message.images) for message in prompt.messages)
    texts = sum(_cost(message.content) for message in prompt.messages)
    return texts + images * IMAGE_TOKENS + estimate_tokens(prompt.continues)


def assistant_of(run: Run) -> Assistant:
    """Return the assistant that a run names. Raises ProviderRejected if there is none any more."""
    try:
        return get_assistant(run.assistant)
    except AssistantError as error:
        raise ProviderRejected(f"assistant {run.assistant!r} cannot answer") from error


def _within(budget: int, newest_first: Iterator[Said], *, sees_images: bool) -> Iterator[PromptMessage]:
    """Yield messages until one does not fit; of the newest one, the documents are cut first."""
    room_bytes = MOST_IMAGE_BYTES
    is_newest = True
    for said in newest_first:
        budget -= _cost(said.content)
        needed = tokens_of(said.files, sees_images=sees_images)
        if budget < (0 if is_newest else needed):
            return
        is_newest = False
        images = images_of(said.files, room_bytes) if sees_images else []
        room_bytes -= sum(len(image.content) for image in images)
        documents = quoted(said.files, budget - len(images) * IMAGE_TOKENS, sees_images=sees_images)
        budget -= needed
        content = "\n\n".join(part for part in (documents, said.content) if part)
        yield PromptMessage(role=said.role, content=content, images=images)


def _path_up_from(run: Run) -> Iterator[Said]:
    """Yield the messages that lead to the run's answer, newest first.

    A parent is always older than its children, so one walk back in time meets the whole path, and reads
    no more of a long conversation than the budget takes.
    """
    wanted: UUID | None = run.message.parent_id
    read = 0
    while wanted is not None:
        page = messages_before(read).rows(conversation=run.conversation_id)
        files = _files_of([row[0] for row in page if row[-1]])
        for message_id, parent_id, role, content, _has_files in page:
            if message_id == wanted:
                wanted = parent_id
                if content or message_id in files:
                    yield Said(role=_ROLES[role], content=content, files=files.get(message_id, ()))
        if len(page) < MESSAGES_PER_READ:
            return
        read += MESSAGES_PER_READ


def _files_of(messages: Sequence[UUID]) -> Mapping[UUID, Sequence[Attachment]]:
    """Return the files of messages that have some; texts are read when they are needed."""
    if not messages:
        return {}
    uses = Attachment.messages.through._default_manager.filter(message__in=messages)
    found = defaultdict(list)
    files = Attachment.objects.without_text().filter(messages__in=messages).in_bulk()
    for message_id, file_id in uses.order_by("id").values_list("message_id", "attachment_id"):
        found[message_id].append(files[file_id])
    return found


def _cost(text: str) -> int:
    return estimate_tokens(text) + TOKENS_PER_MESSAGE


_ROLES: dict[str, Role] = {
    Message.Role.USER: "user",
    Message.Role.ASSISTANT: "assistant",
    Message.Role.SYSTEM: "system",
    Message.Role.TOOL: "tool",
}
