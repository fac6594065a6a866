"""Deletes what was uploaded and belongs to no message."""

from datetime import timedelta

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
        # Asked again: a turn may have taken one meanwhile.
        Attachment.objects.unused().filter(pk__in=keys).delete()
    return len(keys)
