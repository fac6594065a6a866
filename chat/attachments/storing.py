"""Where the bytes of attachments are: in one of the site's storages, under names that nobody can guess."""

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import Sum
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext as _

from chat.attachments.recognition import Recognised, refused
from chat.conf import chat_settings
from chat.models import Attachment
from chat.models.attachment import AttachmentQuerySet
from chat.models.member import lock_member
from chat.token_estimate import estimate_tokens

FOLDER = "chat/attachments"
# Uploaded and not sent: more than hands do, and few enough to hold no more than a loop may fill.
MOST_UNUSED = 50

logger = logging.getLogger("chat.attachments")


def attachment_storage() -> Storage:
    """Return the storage that the settings name."""
    return storages[chat_settings().ATTACHMENT_STORAGE]


def store_attachment(
    owner: Any, content: bytes, recognised: Recognised, *, is_sent: bool = False
) -> Attachment:
    """Keep a file for its owner. The row comes first: what has a row is found and purged.

    With ``is_sent`` it is about to belong to a message: any number of these may come before that.
    Raises InvalidInput if the owner has no room left.
    """
    attachment = _record(owner, len(content), recognised, is_sent=is_sent)
    try:
        attachment_storage().save(attachment.stored_name, ContentFile(content))
    except OSError:
        attachment.delete()
        raise
    return attachment


def order_as_sent(files: Sequence[Attachment]) -> None:
    """Let files be listed in this order: those that were chosen at once arrive in any."""
    if list(files) == sorted(files, key=lambda file: (file.created_at, file.pk)):
        return
    latest = max(file.created_at for file in files)
    for number, file in enumerate(files):
        file.created_at = latest + number * timedelta(microseconds=1)
    Attachment.objects.bulk_update(files, ["created_at"])


def read_bytes(attachment: Attachment) -> bytes | None:
    """Return the file's content; None if the storage does not have it any more."""
    try:
        with attachment_storage().open(attachment.stored_name) as file:
            return bytes(file.read())
    except OSError:
        logger.warning("the storage lacks attachment %s", attachment.pk)
        return None


@transaction.atomic
def _record(owner: Any, size_bytes: int, recognised: Recognised, *, is_sent: bool) -> Attachment:
    # Files that arrive at the same moment count each other.
    lock_member(owner)
    own = Attachment.objects.filter(owner=owner)
    if not is_sent and own.unused().count() >= MOST_UNUSED:
        raise refused(_("You have uploaded many files without sending them. Please send a message first."))
    _refuse_if_full(own, size_bytes)
    token = secrets.token_hex(20)
    return Attachment.objects.create(
        owner=owner,
        name=recognised.name,
        media_type=recognised.media_type,
        size_bytes=size_bytes,
        width=recognised.width,
        height=recognised.height,
        text=recognised.text,
        text_is_cut=recognised.text_is_cut,
        token_count=estimate_tokens(recognised.text),
        # Without an ending: a web server that publishes the folder by mistake shows nothing as a page.
        stored_name=f"{FOLDER}/{token[:2]}/{token}",
    )


def _refuse_if_full(own: AttachmentQuerySet, size_bytes: int) -> None:
    most = chat_settings().MEMBER_STORAGE_BYTES
    if not most:
        return
    kept = own.aggregate(kept=Sum("size_bytes"))["kept"] or 0
    if kept + size_bytes > most:
        raise refused(_("Your files take all the room that you have. Delete conversations with files first."))


@receiver(post_delete, sender=Attachment)
def _delete_file(*, instance: Attachment, **_kwargs: object) -> None:
    # After the commit: a deletion that is undone must find its file again.
    transaction.on_commit(partial(_forget, instance.stored_name), robust=True)


def _forget(stored_name: str) -> None:
    try:
        attachment_storage().delete(stored_name)
    except OSError:
        logger.warning("a file could not be deleted from the storage: %s", stored_name)
