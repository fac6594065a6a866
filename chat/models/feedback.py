"""A member's thumb on an answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    """One member's opinion of one answer; not a reviewer's verdict."""

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rating = models.SmallIntegerField(_("rating"), choices=((1, _("good")), (-1, _("bad"))))
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
