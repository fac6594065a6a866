"""What the page's template is given."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from chat.conf import chat_settings
from chat.models import Conversation, Feedback, Run
from chat.runs.prompt import name_of
from chat.runs.tree import PathPage, Step, read_around, read_path
from chat.views.assistants import usable_assistants
from chat.views.composer import composer_config, composer_context
from chat.views.conversations import active_runs
from chat.views.moments import moments_of
from chat.views.page_strings import page_strings
from chat.views.representations import attachment_json, conversation_json, error_of, files_of, run_of
from chat.views.shares import EXPIRIES
from chat.views.sidebar import Listed, deleted_conversation

# Some screens; each costs server and browser a millisecond or more, and earlier ones come as one scrolls.
MESSAGES_SHOWN = 12
# How often a page without JavaScript looks whether the answer is there.
REFRESH_SECONDS = 2
ECHO = "chat.providers.echo.EchoProvider"


async def page_context(
    request: HttpRequest, member: Any, conversation: Conversation | None, *, error: str = ""
) -> dict[str, Any]:
    """Return the context of chat/page.html."""
    listed = Listed(request, member)
    await listed.read()
    active = await active_runs([*listed.conversations, *([conversation] if conversation else [])])
    active_run = active.get(conversation.pk) if conversation else None
    path = await _path(request, member, conversation)
    branch_leaf = _branch_leaf(conversation, path)
    return {
        **listed.context(active),
        "deleted": await deleted_conversation(request, member),
        "conversation": conversation,
        "messages": messages_context(request, path.steps),
        "has_attachments": any(files_of(step.message) for step in path.steps),
        "older": path.older,
        "newer": path.newer,
        # Set where another branch than the one that is chosen is shown: what is sent then goes on from here.
        "branch_leaf": branch_leaf,
        "feedback_reasons": Feedback.REASONS.items(),
        "assistants": usable_assistants(member),
        "assistant": conversation.assistant if conversation else chat_settings().DEFAULT_ASSISTANT,
        **composer_context(member, conversation),
        "client_message_id": str(uuid.uuid4()),
        "sidebar_closed": request.COOKIES.get("chat_sidebar") == "closed",
        "refresh_seconds": REFRESH_SECONDS if active_run else None,
        "error": error,
        "draft": "",
        "expiries": EXPIRIES,
        "page_config": {
            **_config(request, member, conversation, active_run, path.steps),
            "is_other_branch": branch_leaf is not None,
        },
        "is_plain": request.COOKIES.get("chat_plain") == "1",
    }


async def _path(request: HttpRequest, member: Any, conversation: Conversation | None) -> PathPage:
    empty = PathPage(steps=(), older=None)
    if conversation is None:
        return empty
    wanted: PathPage | None = None
    if message := _id_in(request, "message"):
        wanted = await read_around(conversation, message, length=MESSAGES_SHOWN, user=member)
    elif until := _id_in(request, "until"):
        wanted = await read_path(conversation, length=MESSAGES_SHOWN, until=until, user=member)
    return wanted or await read_path(conversation, length=MESSAGES_SHOWN, user=member) or empty


def _id_in(request: HttpRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _branch_leaf(conversation: Conversation | None, path: PathPage) -> uuid.UUID | None:
    is_other = conversation is not None and path.leaf not in (None, conversation.active_leaf_id)
    return path.leaf if is_other else None


def messages_context(request: HttpRequest, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return what chat/_message.html shows of each."""
    moments = moments_of(request, (step.message.created_at for step in steps))
    return [{**_message(step), "moment": moment} for step, moment in zip(steps, moments, strict=True)]


def _message(step: Step) -> dict[str, Any]:
    run = run_of(step.message)
    error = error_of(run) if run else None
    return {
        "id": step.message.pk,
        "role": step.message.role,
        "content": step.message.content,
        "work": step.message.work,
        "status": run.status if run else Run.Status.COMPLETED.value,
        "sibling_index": step.sibling_index,
        "sibling_count": step.sibling_count,
        "is_last_sibling": step.sibling_index == step.sibling_count - 1,
        "parent_id": step.message.parent_id,
        "is_cut": bool(run and run.is_cut and step.message.content),
        "run_id": run.pk if run else None,
        "finish_reason": run.finish_reason if run else "",
        "error_code": error["code"] if error else "",
        "error_message": error["message"] if error else "",
        "error_retryable": error["retryable"] if error else False,
        "trace_id": run.trace_id if run else "",
        "rating": getattr(step.message, "own_rating", None),
        "attachments": [attachment_json(file) for file in files_of(step.message)],
    }


def _config(
    request: HttpRequest,
    member: Any,
    conversation: Conversation | None,
    active_run: Run | None,
    steps: Sequence[Step],
) -> dict[str, Any]:
    page_root = reverse("chat:index")
    return {
        "api_root": f"{page_root}api/",
        "page_root": page_root,
        "feed": {
            "url": reverse("chat:feed"),
            "since": timezone.now().isoformat(),
            "most_tries": chat_settings().RECONNECT_TRIES,
        },
        "login_url": redirect_to_login(request.get_full_path()).url,
        "limits": {"max_characters": chat_settings().MAX_MESSAGE_CHARACTERS},
        "composer": composer_config(member, steps),
        "provider_is_echo": chat_settings().PROVIDER.BACKEND == ECHO,
        "user_name": name_of(member),
        "conversation": conversation_json(conversation, active_run) if conversation else None,
        "strings": page_strings(),
    }
