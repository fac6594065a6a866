"""A text that a member keeps for the composer's palette."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.owned import OwnedModel

NAME_CHARACTERS = 60
TEXT_CHARACTERS = 8_000


class SavedPrompt(OwnedModel):
    """A prompt under a name that its owner has given to no other; ``{{topic}}`` in it is to be filled in."""

    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    text = models.TextField(_("text"), max_length=TEXT_CHARACTERS)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("saved prompt")
        verbose_name_plural = _("saved prompts")
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="chat_saved_prompt_name_once"),)

    def __str__(self) -> str:
        return str(self.id)
