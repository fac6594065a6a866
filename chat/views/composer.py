"""What the composer and the start page are given: who may answer, and how full the context is."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from chat.conf import chat_settings
from chat.models import Conversation, Run, Usage
from chat.runs.choices import known_model, offered_models
from chat.runs.tree import Step
from chat.views.representations import run_of


def composer_context(member: Any, conversation: Conversation | None) -> dict[str, Any]:
    """Return what the templates need."""
    settings = chat_settings()
    return {
        "models": offered_models(member),
        "model": conversation.model if conversation else "",
        "takes_files": bool(settings.MAX_ATTACHMENTS),
        "provider_model": settings.PROVIDER.OPTIONS.get("model_name", ""),
    }


def composer_config(member: Any, steps: Sequence[Step]) -> dict[str, Any]:
    """Return what the scripts need."""
    settings = chat_settings()
    default = known_model("")
    return {
        # Drafts stay on the device: each of the members who use it has their own.
        "member": str(member.pk),
        "used_tokens": used_tokens(steps),
        "budget_tokens": default.prompt_token_budget or settings.PROMPT_TOKEN_BUDGET,
        "budgets": {
            choice.name: choice.prompt_token_budget
            for choice in offered_models(member)
            if choice.prompt_token_budget
        },
        "max_files": settings.MAX_ATTACHMENTS,
        "max_file_bytes": settings.MAX_ATTACHMENT_BYTES,
        "attachments_url": reverse("chat:attachments"),
        "prompts_url": reverse("chat:prompts"),
        "prompts_page": reverse("chat:prompts-page"),
    }


def used_tokens(steps: Sequence[Step]) -> int:
    """Return what the newest answer that was counted took of the model's context, its own text included."""
    for step in reversed(steps):
        run: Run | None = run_of(step.message)
        if run is None:
            continue
        try:
            return run.usage.input_tokens + run.usage.output_tokens
        except Usage.DoesNotExist:
            continue
    return 0
