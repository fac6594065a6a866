"""What a member shows to whoever has the link."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.owned import OwnedModel


class SharedConversationQuerySet(models.QuerySet["SharedConversation"]):
    """Queries over shares."""

    def kept(self) -> Self:
        """Those that were not revoked."""
        return self.filter(revoked_at__isnull=True)

    def readable(self) -> Self:
        """Those whose link shows something now, by the database's clock."""
        return self.kept().filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))

    def revoke(self) -> int:
        """End their links, and drop what they showed; return how many ended."""
        return self.kept().update(revoked_at=Now(), messages=[])


class SharedConversation(OwnedModel):
    """A copy of the path that was shown when it was shared: nothing that is said later gets into it.

    It goes with its conversation: who deletes what was said takes it back from everybody.
    """

    conversation = models.ForeignKey(
        "chat.Conversation",
        on_delete=models.CASCADE,
        related_name="shares",
        verbose_name=_("conversation"),
    )
    # SHA-256 of the link's secret: who reads the table cannot open what it lists.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    # Empty unless the member wanted to be named.
    author_name = models.CharField(_("shown author"), max_length=150, blank=True)
    # A list of {role, content, created_at, model, work}; emptied when the share is revoked.
    messages = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(_("shared"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # Counted once a minute at most, and never by whom.
    views = models.PositiveIntegerField(_("views"), default=0)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SharedConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["owner", "-created_at", "-id"], name="chat_share_list"),)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_expired(self) -> bool:
        """True if its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
