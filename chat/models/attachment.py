"""A file that a member uploaded, and the messages that it belongs to."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.owned import OwnedModel

IMAGE_PREFIX = "image/"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Queries over attachments."""

    def unused(self) -> Self:
        """Those that belong to no message, or to none any more."""
        return self.filter(~Exists(_uses()))

    def without_text(self) -> Self:
        """For lists: a document's text may be long."""
        return self.defer("text")

    def only_in(self, conversation: models.Model) -> Self:
        """Those that belong to messages of this conversation, and to no other's."""
        here = _uses().filter(message__conversation=conversation.pk)
        elsewhere = _uses().exclude(message__conversation=conversation.pk)
        return self.filter(Exists(here), ~Exists(elsewhere))


class Attachment(OwnedModel):
    """An uploaded file. Its bytes are in the site's storage; what a model reads of a document is here."""

    # As the member called it, cleaned; nothing is ever stored or looked up under it.
    name = models.CharField(_("name"), max_length=120)
    # Found in the content, never believed from the browser.
    media_type = models.CharField(_("type"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    # Of images.
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    # Of documents.
    text = models.TextField(_("text"), blank=True)
    text_is_cut = models.BooleanField(_("text was cut"), default=False)
    token_count = models.PositiveIntegerField(_("tokens, estimated"), default=0)
    # Unguessable; where the storage has the bytes.
    stored_name = models.CharField(max_length=200, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Several, where a message was edited or its conversation branched off.
    messages = models.ManyToManyField("chat.Message", related_name="attachments", editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=["owner", "created_at"], name="chat_attachment_by_owner"),
            models.Index(fields=["created_at"], name="chat_attachment_by_age"),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_image(self) -> bool:
        """True for what a page may show as it is."""
        return self.media_type.startswith(IMAGE_PREFIX)


def _uses() -> "models.QuerySet[models.Model]":
    through: type[models.Model] = Attachment.messages.through
    return through._default_manager.filter(attachment=OuterRef("pk"))


@receiver(pre_delete, sender="chat.Conversation")
def _delete_files_of(*, instance: models.Model, **_kwargs: object) -> None:
    # Whatever deletes the conversation: while its messages are still there to say which files were theirs.
    Attachment.objects.only_in(instance).delete()
