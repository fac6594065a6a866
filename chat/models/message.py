"""One utterance."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    """Queries over messages."""

    def oldest_first(self) -> Self:
        """Ordered as they were made; the id makes the order total."""
        return self.order_by("created_at", "id")

    def latest_wanted_last(self) -> Self:
        """Ordered by when they were made, or last chosen among their siblings."""
        chosen_at = Coalesce("chosen_at", "created_at")
        return self.order_by(Greatest("created_at", chosen_at), "created_at", "id")

    def with_files(self) -> Self:
        """With their attachments at hand, those without their texts."""
        from chat.models.attachment import Attachment

        return self.prefetch_related(Prefetch("attachments", Attachment.objects.without_text()))

    def with_feedback_of(self, user: Any) -> Self:
        """Annotate ``own_rating``, ``own_comment``, ``own_reasons``: what this user thinks, or none."""
        from chat.models.feedback import Feedback

        own = Feedback.objects.filter(message=OuterRef("pk"), user=user)
        return self.annotate(
            own_rating=Subquery(own.values("rating")[:1]),
            own_comment=Subquery(own.values("comment")[:1]),
            own_reasons=Subquery(own.values("reasons")[:1]),
        )


class Message(models.Model):
    """One utterance in a conversation's tree. Nothing but its own run ever changes its text."""

    class Role(models.TextChoices):
        """Who speaks."""

        USER = "user", _("member")
        ASSISTANT = "assistant", _("assistant")
        SYSTEM = "system", _("system")
        TOOL = "tool", _("tool")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    content = models.TextField(_("text"), blank=True)
    # The member's browser chooses it per click. Null for what nobody typed: nulls are never equal.
    client_message_id = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Who wrote an answer that has no run here: one that was copied or imported.
    model = models.CharField(_("model"), max_length=128, blank=True, default="", db_default="")
    # When the member last chose it among its siblings; of those the latest one, or a newer one, is shown.
    chosen_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The sources and steps of an answer (chat.protocol.work); null where it has none, as most.
    work = models.JSONField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=["conversation", "created_at", "id"], name="chat_message_list"),
            models.Index(
                fields=["conversation"], name="chat_message_first", condition=Q(parent__isnull=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "client_message_id"], name="chat_one_message_per_client_id"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["user", "assistant", "system", "tool"]),
                name="chat_message_role_is_known",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def written_by(self) -> str:
        """The model that wrote it; empty for what a person wrote. Load ``run`` with it."""
        run = getattr(self, "run", None)
        return run.model if run else self.model
