"""The database event log's rows: several numbered events in each."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogBatch(models.Model):
    """Events ``first_seq`` to ``last_seq`` of a run: a line of JSON each, as they went over the wire."""

    run = models.ForeignKey("chat.Run", on_delete=models.CASCADE, related_name="log_batches")
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    events = models.TextField()

    class Meta:
        verbose_name = _("log batch")
        verbose_name_plural = _("log batches")
        ordering = ("run", "first_seq")
        constraints = (
            # A writer that lost its lease continues at a number that is taken.
            models.UniqueConstraint(fields=["run", "first_seq"], name="chat_log_batch_once"),
            models.CheckConstraint(
                condition=models.Q(first_seq__gt=0, last_seq__gte=models.F("first_seq")),
                name="chat_log_batch_counts_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id} {self.first_seq}-{self.last_seq}"
