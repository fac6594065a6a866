"""Which model answers: what members are offered, what they chose, and what it can do."""

from typing import Any

from django.utils.translation import gettext as _

from chat.assistants import Assistant
from chat.conf import chat_settings
from chat.exceptions import InvalidInput
from chat.model_choice import ModelChoice
from chat.models import Conversation
from chat.permissions import current_policy


def offered_models(user: Any) -> list[ModelChoice]:
    """Return the models that the site offers and the policy lets this member use."""
    policy = current_policy()
    return [choice for choice in chat_settings().MODELS if policy.may_use_model(user, choice.name)]


def chosen_model(user: Any, conversation: Conversation, wanted: str | None) -> str:
    """Return the name of the model that is to answer; empty means the assistant's or the provider's own.

    ``wanted`` is the member's choice, none if there was none: then the conversation's own counts, as long
    as it is offered. Raises InvalidInput for a model that is not.
    """
    names = {choice.name for choice in offered_models(user)} if wanted or conversation.model else set()
    if wanted is None:
        return conversation.model if conversation.model in names else ""
    if wanted and wanted not in names:
        raise InvalidInput("unknown model", fields={"model": [_("There is no such model.")]})
    return wanted


def model_of(assistant: Assistant, chosen: str) -> str:
    """Return the model's name as a run has it; the provider gives its own to a run without one."""
    return chosen or assistant.model


def known_model(name: str) -> ModelChoice:
    """Return what the settings say of a model, also of one that they do not list; empty is the provider's."""
    settings = chat_settings()
    name = name or str(settings.PROVIDER.OPTIONS.get("model_name", ""))
    listed = {choice.name: choice for choice in settings.MODELS}
    return listed.get(name) or ModelChoice(name=name, vision=settings.VISION)


def prompt_budget(name: str) -> int:
    """Return how many tokens a prompt to this model may have."""
    return known_model(name).prompt_token_budget or chat_settings().PROMPT_TOKEN_BUDGET
