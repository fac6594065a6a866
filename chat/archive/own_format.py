"""Reads a conversation that was exported from here, or from another site with this app."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.archive.checking import (
    MESSAGE_CHARACTERS,
    claim_in,
    list_in,
    moment_in,
    not_ours,
    object_in,
    refusal,
    text_in,
    title_in,
)
from chat.archive.packed import place_in
from chat.archive.schema import (
    CONVERSATION_FORMAT,
    VERSION,
    ArchivedConversation,
    ArchivedFeedback,
    ArchivedMessage,
)
from chat.archive.work import work_in
from chat.models import Feedback, Message, Run

MOST_MESSAGES = 10_000
MOST_ATTACHMENTS = 100
COMMENT_CHARACTERS = 2_000
ENDED = {status.value for status in Run.Status if status not in Run.ACTIVE}


def is_own_format(value: Any) -> bool:
    """True if this says that it is a conversation of ours."""
    return isinstance(value, dict) and value.get("format") == CONVERSATION_FORMAT


def read_own(value: Mapping[str, Any]) -> ArchivedConversation:
    """Return the conversation. Raises InvalidInput with a sentence for the member."""
    if value.get("version") != VERSION:
        raise refusal(_("The file was exported by another version of this chat. Nothing was imported."))
    rows = list_in(value.get("messages"))
    if len(rows) > MOST_MESSAGES:
        raise too_many_messages()
    messages = [_message(object_in(row), number) for number, row in enumerate(rows, start=1)]
    created_at = moment_in(value.get("created_at"), default=timezone.now())
    return ArchivedConversation(
        title=title_in(value.get("title")),
        title_is_own=claim_in(value.get("title_is_own")),
        assistant=text_in(value.get("assistant"), most=64),
        pinned=claim_in(value.get("pinned")),
        archived=claim_in(value.get("archived")),
        created_at=created_at,
        updated_at=moment_in(value.get("updated_at"), default=created_at),
        shown=_number(value.get("shown"), most=len(messages)),
        messages=messages,
    )


def too_many_messages() -> Exception:
    """Return the error for a conversation that is too long."""
    sentence = _("A conversation in the file has more than %(most)s messages. Nothing was imported.")
    return refusal(sentence % {"most": MOST_MESSAGES})


def _message(row: Mapping[str, Any], number: int) -> ArchivedMessage:
    if row.get("number") != number or type(row["number"]) is not int:
        raise not_ours()
    role = row.get("role")
    status = row.get("status", Run.Status.COMPLETED.value)
    if role not in Message.Role.values or not isinstance(status, str):
        raise not_ours()
    return ArchivedMessage(
        number=number,
        # Of an earlier message: a circle cannot be written down like this.
        parent=_number(row.get("parent"), most=number - 1),
        role=role,
        content=text_in(row.get("content"), most=MESSAGE_CHARACTERS),
        created_at=moment_in(row.get("created_at"), default=timezone.now()),
        # Nobody goes on with an answer that was being written when it was exported.
        status=status if status in ENDED else Run.Status.INTERRUPTED.value,
        model=text_in(row.get("model"), most=128),
        finish_reason=text_in(row.get("finish_reason"), most=32),
        feedback=_feedback(row.get("feedback")),
        attachments=[text_in(name, most=255) for name in list_in(row.get("attachments"))[:MOST_ATTACHMENTS]],
        files=[place_in(place) for place in list_in(row.get("files"))[:MOST_ATTACHMENTS]],
        work=work_in(row.get("work")) if role == Message.Role.ASSISTANT else None,
    )


def _feedback(value: Any) -> ArchivedFeedback | None:
    if value is None:
        return None
    given = object_in(value)
    rating, reasons = given.get("rating"), list_in(given.get("reasons"))
    if type(rating) is not int or rating not in Feedback.REASONS:
        raise not_ours()
    return ArchivedFeedback(
        rating=rating,
        reasons=[reason.value for reason in Feedback.REASONS[rating] if reason.value in reasons],
        comment=text_in(given.get("comment"), most=COMMENT_CHARACTERS),
    )


def _number(value: Any, *, most: int) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= most:
        raise not_ours()
    return value
