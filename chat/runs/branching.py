"""A new conversation that begins as another one did."""

import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat.exceptions import MessageNotFound, NotAllowed, RunActive
from chat.models import Attachment, Conversation, Message, Run
from chat.permissions import current_policy
from chat.runs.whole_tree import path_to
from chat.search.indexing import index_messages, index_title

TITLE_CHARACTERS = 200
# The namespace of ids that are made from a message and a click.
BRANCHES = UUID("0b9df0a2-6a50-4a3e-8d5e-0b1f3a4e7c11")


async def branch_off(*, user: Any, message_id: UUID, client_id: str = "") -> tuple[Conversation, bool]:
    """Copy the path up to a message into a new conversation; True with it if it is new.

    The same ``client_id`` gives the same conversation, or a new one if that was deleted since. Texts are
    copied, runs are not: what they used is accounted for where it was said.

    Raises MessageNotFound, NotAllowed, and RunActive for an answer that is being written.
    """
    return await sync_to_async(_branch_off)(user, message_id, client_id)


def _branch_off(user: Any, message_id: UUID, client_id: str) -> tuple[Conversation, bool]:
    visible = current_policy().messages(user).select_related("conversation", "run")
    message = visible.filter(pk=message_id).first()
    if message is None:
        raise MessageNotFound
    if not current_policy().may_post(user, message.conversation):
        raise NotAllowed
    run: Run | None = getattr(message, "run", None)
    if run is not None and run.is_active:
        raise RunActive(run.pk)
    name = f"{user.pk} {message_id} {client_id}"
    branch_id, earlier = _made_by(name) if client_id else (uuid.uuid4(), None)
    if earlier is not None:
        return earlier, False
    try:
        return _record(user, message, branch_id), True
    except IntegrityError:
        # The same click at the same moment: the other one has committed.
        return Conversation.objects.get(pk=branch_id), False


def _made_by(click: str) -> tuple[UUID, Conversation | None]:
    """Return the id for what a click makes, and that conversation if the click has made it already."""
    branch_id = uuid.uuid5(BRANCHES, click)
    while earlier := Conversation.objects.filter(pk=branch_id).first():
        if earlier.deleted_at is None:
            return branch_id, earlier
        # It waits for its purge, and may be restored by then: whoever clicks again gets another one.
        branch_id = uuid.uuid5(BRANCHES, str(branch_id))
    return branch_id, None


@transaction.atomic
def _record(user: Any, message: Message, branch_id: UUID) -> Conversation:
    # Locked: who deletes everything meanwhile has done so, or waits for the copy.
    source = Conversation.objects.select_for_update().filter(pk=message.conversation_id).first()
    if source is None:
        raise MessageNotFound
    branch = Conversation.objects.create(
        pk=branch_id,
        owner=user,
        title=_titled(source.title),
        title_is_own=source.title_is_own,
        assistant=source.assistant,
        model=source.model,
        temporary=source.temporary,
    )
    index_title(branch)
    parents = dict(source.messages.values_list("pk", "parent_id"))
    copy_path(source, path_to(message.pk, parents), branch)
    return branch


def copy_path(source: Conversation, path: Sequence[UUID], target: Conversation) -> list[Message]:
    """Copy messages of a path, oldest first, into an empty conversation, and show them there."""
    originals = source.messages.select_related("run").in_bulk(path)
    copies: list[Message] = []
    for key in path:
        original = originals[key]
        copies.append(
            Message(
                conversation=target,
                parent=copies[-1] if copies else None,
                role=original.role,
                content=original.content,
                work=original.work,
                model=original.written_by,
                created_at=original.created_at,
            )
        )
    Message.objects.bulk_create(copies)
    index_messages(target, copies)
    _share_files(path, copies)
    target.active_leaf = copies[-1] if copies else None
    Conversation.objects.filter(pk=target.pk).change(active_leaf=target.active_leaf)
    return copies


def _share_files(path: Sequence[UUID], copies: Sequence[Message]) -> None:
    """Give the copies the files of their originals: the same ones, which go with the last who has them."""
    uses = Attachment.messages.through._default_manager
    copy_of = {original: copy.pk for original, copy in zip(path, copies, strict=True)}
    found = uses.filter(message__in=path).values_list("message_id", "attachment_id")
    new = [uses.model(message_id=copy_of[message], attachment_id=file) for message, file in found]
    uses.bulk_create(new)


def _titled(title: str) -> str:
    """Return the title of a branch, short enough for a column."""
    room = TITLE_CHARACTERS - len(_("%s (branch)")) + len("%s")
    return _("%s (branch)") % title[:room]
