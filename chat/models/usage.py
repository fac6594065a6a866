"""What a run used."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Usage(models.Model):
    """Tokens in and out of one run, and their cost in dollars at the price of that day."""

    class Accuracy(models.TextChoices):
        """Whether the provider counted, or we did."""

        EXACT = "exact", _("exact")
        ESTIMATED = "estimated", _("estimated")

    run = models.OneToOneField("chat.Run", on_delete=models.CASCADE, related_name="usage")
    input_tokens = models.PositiveIntegerField(_("input tokens"))
    output_tokens = models.PositiveIntegerField(_("output tokens"))
    accuracy = models.CharField(_("accuracy"), max_length=16, choices=Accuracy.choices)
    # None where no price is known for the model.
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, null=True, blank=True)
    # Never before its run: sums over a period need not look at older usage.
    created_at = models.DateTimeField(
        _("created"), default=timezone.now, db_default=Now(), editable=False, db_index=True
    )

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")

    def __str__(self) -> str:
        return f"{self.input_tokens} + {self.output_tokens}"
