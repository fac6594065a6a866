"""How records look in JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from chat.assistants import Assistant
from chat.exceptions import RUN_ERRORS, InternalError
from chat.models import Attachment, Conversation, Message, Run, SavedPrompt, Usage
from chat.runs.tree import Step
from chat.views.addresses import run_addresses


def conversation_json(conversation: Conversation, active_run: Run | None = None) -> dict[str, Any]:
    """Return a conversation; of its active run the id is enough in lists."""
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "assistant": conversation.assistant,
        "model": conversation.model,
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "temporary": conversation.temporary,
        "unseen": conversation.is_unseen,
        "active_leaf": str(conversation.active_leaf_id) if conversation.active_leaf_id else None,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "active_run": run_json(active_run) if active_run else None,
    }


def message_json(step: Step) -> dict[str, Any]:
    """Return a message of the shown path."""
    message = step.message
    run = run_of(message)
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        **work_json(message),
        "status": run.status if run else Run.Status.COMPLETED.value,
        "parent": str(message.parent_id) if message.parent_id else None,
        "sibling_index": step.sibling_index,
        "sibling_count": step.sibling_count,
        "created_at": message.created_at.isoformat(),
        "run": run_json(run) if run else None,
        "model": message.written_by,
        "feedback": _feedback_json(message),
        "attachments": [attachment_json(file) for file in files_of(message)],
    }


def new_message_json(
    message: Message, run: Run | None = None, files: Sequence[Attachment] = ()
) -> dict[str, Any]:
    """Return a message of a turn that just began."""
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "status": run.status if run else Run.Status.COMPLETED.value,
        "parent": str(message.parent_id) if message.parent_id else None,
        "created_at": message.created_at.isoformat(),
        "run": str(run.pk) if run else None,
        "attachments": [attachment_json(file) for file in files],
    }


def run_json(run: Run) -> dict[str, Any]:
    """Return a run, its usage if that was loaded with it."""
    return {
        "id": str(run.pk),
        "status": run.status,
        "message": str(run.message_id),
        "model": run.model,
        "assistant": run.assistant,
        "finish_reason": run.finish_reason,
        "is_cut": run.is_cut,
        "error": error_of(run),
        "checkpoint_seq": run.checkpoint_seq,
        "ttft_ms": run.ttft_ms,
        "duration_ms": run.duration_ms,
        "usage": _usage_json(run),
        "trace_id": run.trace_id,
        **run_addresses(run.pk),
    }


def error_of(run: Run) -> dict[str, Any] | None:
    """Return why a run failed, in the language of whoever asks."""
    if not run.error_code:
        return None
    error = RUN_ERRORS.get(run.error_code, InternalError)
    return {"code": error.code, "message": str(error.message), "retryable": error.retryable}


def assistant_json(assistant: Assistant) -> dict[str, Any]:
    """Return what a member may know of an assistant: never its instructions."""
    return {
        "key": assistant.key,
        "name": assistant.name,
        "description": assistant.description,
        "starters": list(assistant.starters),
        "language": translation.get_language(),
    }


def files_of(message: Message) -> Iterable[Attachment]:
    """Return a message's files, which were loaded with it; answers have none."""
    return message.attachments.all() if message.role == Message.Role.USER else ()


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    """Return a file: where it is, not what is in it."""
    return {
        "id": str(attachment.pk),
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size_bytes": attachment.size_bytes,
        "is_image": attachment.is_image,
        "width": attachment.width,
        "height": attachment.height,
        "is_cut": attachment.text_is_cut,
        "tokens": attachment.token_count,
        "url": reverse("chat:attachment", args=[attachment.pk]),
    }


def work_json(message: Message) -> dict[str, Any]:
    """Return what led to an answer, as the events of its run told it."""
    work = message.work or {}
    return {"sources": work.get("sources", []), "steps": work.get("steps", [])}


def saved_prompt_json(prompt: SavedPrompt) -> dict[str, Any]:
    """Return a saved prompt."""
    return {"id": str(prompt.pk), "name": prompt.name, "text": prompt.text}


def run_of(message: Message) -> Run | None:
    """Return the run that made a message; none for the member's own."""
    try:
        return message.run
    except Run.DoesNotExist:
        return None


def _feedback_json(message: Message) -> dict[str, Any] | None:
    rating = getattr(message, "own_rating", None)
    if not rating:
        return None
    comment, reasons = getattr(message, "own_comment", ""), getattr(message, "own_reasons", [])
    return {"rating": rating, "comment": comment, "reasons": reasons}


def _usage_json(run: Run) -> dict[str, Any] | None:
    if not Run.usage.is_cached(run):
        return None
    try:
        usage = run.usage
    except Usage.DoesNotExist:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "accuracy": usage.accuracy,
        "cost": None if usage.cost is None else f"{usage.cost:.6f}",
    }
