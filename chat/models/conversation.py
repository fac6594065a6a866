"""An exchange owned by one user."""

from collections.abc import Callable
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.bell import bell
from chat.models.owned import OwnedModel
from chat.statements import Change, Step


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Queries over conversations, and the one way to change some that tabs may show."""

    def kept(self) -> Self:
        """Those that are not deleted: all that members may know of."""
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        """Those that wait for their purge, and may be restored until then."""
        return self.filter(deleted_at__isnull=False)

    def listed(self) -> Self:
        """Those that lists and searches show: kept, and not temporary."""
        return self.kept().filter(temporary=False)

    def unseen(self) -> Self:
        """Those with an answer that their member has not looked at."""
        return self.filter(
            Q(seen_at__isnull=True) | Q(seen_at__lt=F("answered_at")), answered_at__isnull=False
        )

    def change(self, **changes: Any) -> int:
        """Update them, and have every tab that shows one of them hear of it after the commit."""
        count = self.update(**changes, changed_at=Now())
        # Registered behind the update: outside of a transaction it rings at once.
        transaction.on_commit(bell.ring)
        return count

    async def achange(self, **changes: Any) -> int:
        """Do what ``change`` does, from asynchronous code."""
        return await sync_to_async(self.change)(**changes)

    def newest_first(self) -> Self:
        """Ordered as the lists show them; the id makes the order total, so that cursors never skip."""
        return self.order_by("-updated_at", "-id")


class ConversationChange(Change):
    """What ``change`` does, as a statement that is written once."""

    def __init__(self, queryset: Callable[[], ConversationQuerySet], **changes: Any) -> None:
        super().__init__(queryset, **changes, changed_at=Now())

    def step(self, **values: Any) -> Step:
        """Return it as something to write; every tab that shows one of them hears of it after the commit."""
        transaction.on_commit(bell.ring)
        return super().step(**values)


class Conversation(OwnedModel):
    """Messages form a tree; ``active_leaf`` names the end of the path that is shown."""

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
    # By the database's clock, set by ``change``: what another tab should show came after this.
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    # The end of the last answer, and when the member last had the end of the conversation before them.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted by the member"), null=True, blank=True, editable=False)
    # In no list and no search, and purged soon after its last use.
    temporary = models.BooleanField(_("temporary"), default=False, db_default=False)

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
            # The feeds of all members ask with one query what changed lately, which is little.
            models.Index(fields=["changed_at"], name="chat_conversation_changed"),
            models.Index(
                fields=["deleted_at"],
                name="chat_conversation_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
            models.Index(
                fields=["updated_at"], name="chat_conversation_temporary", condition=Q(temporary=True)
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unseen(self) -> bool:
        """True if there is an answer that the member has not looked at."""
        return self.answered_at is not None and (self.seen_at is None or self.seen_at < self.answered_at)
