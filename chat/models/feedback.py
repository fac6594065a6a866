"""A member's thumb on an answer."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    """One member's opinion of one answer; not a reviewer's verdict."""

    class Reason(models.TextChoices):
        """What was good or bad about it."""

        CORRECT = "correct", _("Correct")
        CLEAR = "clear", _("Well explained")
        COMPLETE = "complete", _("Complete")
        WRONG = "wrong", _("Not correct")
        OFF_TOPIC = "off_topic", _("Not what I asked")
        INCOMPLETE = "incomplete", _("Something is missing")
        UNCLEAR = "unclear", _("Hard to understand")
        HARMFUL = "harmful", _("Harmful or offensive")

    # The reasons that go with each rating.
    REASONS: ClassVar[Mapping[int, Sequence[Reason]]] = {
        1: (Reason.CORRECT, Reason.CLEAR, Reason.COMPLETE),
        -1: (Reason.WRONG, Reason.OFF_TOPIC, Reason.INCOMPLETE, Reason.UNCLEAR, Reason.HARMFUL),
    }

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rating = models.SmallIntegerField(_("rating"), choices=((1, _("good")), (-1, _("bad"))))
    reasons = models.JSONField(_("reasons"), default=list, db_default=[], blank=True)
    comment = models.TextField(_("comment"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ("-updated_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["message", "user"], name="chat_one_feedback_per_member"),
            models.CheckConstraint(condition=Q(rating__in=[1, -1]), name="chat_feedback_is_a_thumb"),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def reason_labels(self) -> Sequence[str]:
        """The reasons in words; one that is no longer offered is named as it was stored."""
        known = dict(self.Reason.choices)
        return [str(known.get(reason, reason)) for reason in self.reasons]
