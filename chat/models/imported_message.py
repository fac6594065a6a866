"""What an imported message was elsewhere."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedMessage(models.Model):
    """What a run would tell of it: it has none here, for nobody was asked and nothing was used."""

    message = models.OneToOneField("chat.Message", on_delete=models.CASCADE, related_name="imported")
    status = models.CharField(_("status"), max_length=16, blank=True)
    finish_reason = models.CharField(_("finish reason"), max_length=32, blank=True)
    # Names of files that did not come with it.
    attachments = models.JSONField(_("attachments"), default=list)

    class Meta:
        verbose_name = _("imported message")
        verbose_name_plural = _("imported messages")
        ordering = ("message",)

    def __str__(self) -> str:
        return str(self.message_id)
