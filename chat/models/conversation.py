"""An exchange owned by one user."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Queries over conversations."""

    def newest_first(self) -> Self:
        """Ordered as the lists show them; the id makes the order total, so that cursors never skip."""
        return self.order_by("-updated_at", "-id")

    def matching(self, words: str) -> Self:
        """Those whose title holds every one of the words."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(title__icontains=word)
        return found


class Conversation(models.Model):
    """Messages form a tree; ``active_leaf`` names the end of the path that is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Its index is chat_conversation_by_owner.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    title_is_own = models.BooleanField(_("title given by the member"), default=False)
    assistant = models.CharField(_("assistant"), max_length=64)
    # One of the setting MODELS; empty means the assistant's, or the provider's own.
    model = models.CharField(_("model"), max_length=128, blank=True, default="", db_default="")
    pinned = models.BooleanField(_("pinned"), default=False)
    archived = models.BooleanField(_("archived"), default=False)
    active_leaf = models.ForeignKey(
        "chat.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Set by the app when something is said, not by every save: a rename does not move a conversation up.
    updated_at = models.DateTimeField(_("last used"), default=timezone.now, db_index=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-updated_at", "-id")
        indexes = (
            models.Index(fields=["owner", "archived", "-updated_at", "-id"], name="chat_conversation_list"),
            models.Index(
                fields=["owner", "-updated_at"], name="chat_conversation_pinned", condition=Q(pinned=True)
            ),
            # For the admin's lists, which show what is archived among the rest.
            models.Index(fields=["owner", "-updated_at", "-id"], name="chat_conversation_by_owner"),
            models.Index(fields=["assistant", "-updated_at", "-id"], name="chat_conversation_by_assistant"),
        )

    def __str__(self) -> str:
        return str(self.id)
