"""Deletes what was uploaded and belongs to no message."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.conf import chat_settings
from chat.models import Attachment

# They are deleted on one of the two threads that the engine has for the database.
FILES_PER_PURGE = 50


def purge_unused() -> int:
    """Delete a page of unused attachments that are old enough, with their files; return how many."""
    before = timezone.now() - timedelta(seconds=chat_settings().UNUSED_ATTACHMENT_SECONDS)
    old = Attachment.objects.unused().filter(created_at__lt=before).order_by("created_at")
    keys = list(old.values_list("pk", flat=True)[:FILES_PER_PURGE])
    if keys:
        delete_unused(keys)
    return len(keys)


@transaction.atomic
def delete_unused(keys: Collection[UUID]) -> bool:
    """Delete those of these attachments that are unused; False if all of them belong to messages by now."""
    # Locked before it is asked: a turn that took one meanwhile has committed, or will find it gone.
    list(Attachment.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    deleted, _rows = Attachment.objects.unused().filter(pk__in=keys).delete()
    return bool(deleted)
