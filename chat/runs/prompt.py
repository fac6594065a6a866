"""What the model is told: the assistant's instructions and the path of messages, within a budget."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.assistants import Assistant, get_assistant, render_system_prompt
from chat.conf import chat_settings
from chat.exceptions import AssistantError, ContextTooLong, ProviderRejected
from chat.models import Message, Run
from chat.providers.base import Prompt, PromptMessage, Role

# Vendors put a few tokens of their own around each message.
TOKENS_PER_MESSAGE = 4
# A page of the walk from the newest message to the oldest.
MESSAGES_PER_READ = 64


def estimate_tokens(text: str) -> int:
    """Guess how many tokens a text has, without a vendor's tables.

    Four Latin characters make a token, a Korean, Japanese or Chinese character about one.
    """
    wide = (len(text.encode()) - len(text)) // 2
    return wide + (len(text) - wide + 3) // 4


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
    budget = chat_settings().PROMPT_TOKEN_BUDGET - _cost(instructions)
    messages = list(_within(budget, _path_up_from(run)))
    if not messages:
        raise ContextTooLong(f"the newest message of run {run.pk} alone is over the budget")
    parameters = dict(assistant.parameters)
    longest = int(parameters.pop("max_output_tokens", chat_settings().MAX_OUTPUT_TOKENS))
    return Prompt(
        model=assistant.model,
        messages=(PromptMessage(role="system", content=instructions), *reversed(messages)),
        parameters=parameters,
        # At least one, which providers insist on.
        max_output_tokens=max(1, longest - estimate_tokens(said_by_run)),
        continues=said,
        trace_id=run.trace_id,
    )


def prompt_tokens(prompt: Prompt) -> int:
    """Guess how many tokens a prompt has."""
    return sum(_cost(message.content) for message in prompt.messages) + estimate_tokens(prompt.continues)


def assistant_of(run: Run) -> Assistant:
    """Return the assistant that a run names. Raises ProviderRejected if there is none any more."""
    try:
        return get_assistant(run.assistant)
    except AssistantError as error:
        raise ProviderRejected(f"assistant {run.assistant!r} cannot answer") from error


def _within(budget: int, newest_first: Iterator[PromptMessage]) -> Iterator[PromptMessage]:
    for message in newest_first:
        budget -= _cost(message.content)
        if budget < 0:
            return
        yield message


def _path_up_from(run: Run) -> Iterator[PromptMessage]:
    """Yield the messages that lead to the run's answer, newest first.

    A parent is always older than its children, so one walk back in time meets the whole path, and reads
    no more of a long conversation than the budget takes.
    """
    wanted: UUID | None = run.message.parent_id
    older = Message.objects.filter(conversation=run.conversation_id).order_by("-created_at", "-id")
    read = 0
    while wanted is not None:
        page = list(older.values_list("id", "parent_id", "role", "content")[read : read + MESSAGES_PER_READ])
        for message_id, parent_id, role, content in page:
            if message_id == wanted:
                wanted = parent_id
                if content:
                    yield PromptMessage(role=_ROLES[role], content=content)
        if len(page) < MESSAGES_PER_READ:
            return
        read += MESSAGES_PER_READ


def _cost(text: str) -> int:
    return estimate_tokens(text) + TOKENS_PER_MESSAGE


_ROLES: dict[str, Role] = {
    Message.Role.USER: "user",
    Message.Role.ASSISTANT: "assistant",
    Message.Role.SYSTEM: "system",
    Message.Role.TOOL: "tool",
}
