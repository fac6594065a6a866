"""One attempt to produce one assistant message."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Expression, ExpressionWrapper, Q, Value
from django.db.models.functions import Now
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def from_now(seconds: float) -> "ExpressionWrapper[Any]":
    """The time that many seconds from now, by the database's clock: hosts' clocks differ."""
    return later_by(Value(timedelta(seconds=seconds), output_field=models.DurationField()))


def later_by(span: Expression) -> "ExpressionWrapper[Any]":
    """The same for a span that only the statement knows."""
    return ExpressionWrapper(Now() + span, output_field=models.DateTimeField())


class RunQuerySet(models.QuerySet["Run"]):
    """Queries over runs."""

    def active(self) -> Self:
        """Runs that have not ended."""
        return self.filter(status__in=Run.ACTIVE)

    def held(self, fence: int) -> Self:
        """Running, and still under the lease with this fence: the only rows that its holder may change."""
        return self.filter(status=Run.Status.RUNNING, fence=fence)

    def abandoned(self) -> Self:
        """Runs whose executor stopped renewing its lease, by the database's clock."""
        return self.filter(status=Run.Status.RUNNING, lease_expires_at__lt=Now())

    def unclaimed(self, for_seconds: float) -> Self:
        """Queued runs that wait for any process: nobody began them in time, or their process gave them up.

        A run from the future was queued by a host whose clock is ahead of the database's.
        """
        is_late = Q(created_at__lt=from_now(-for_seconds)) | Q(created_at__gt=Now())
        return self.filter(is_late | Q(attempt__gt=0), status=Run.Status.QUEUED)


class Run(models.Model):
    """One attempt to answer; its lease says which process may write about it."""

    class Status(models.TextChoices):
        """Where a run stands; the last four are final."""

        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("stopped")
        FAILED = "failed", _("failed")
        INTERRUPTED = "interrupted", _("interrupted")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    # Errors that break an answer off in the middle, through no fault of what was asked.
    BREAKS = ("provider_unavailable", "provider_timeout")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="runs")
    message = models.OneToOneField("chat.Message", on_delete=models.CASCADE, related_name="run")
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.QUEUED)

    model = models.CharField(_("model"), max_length=128, blank=True)
    assistant = models.CharField(_("assistant"), max_length=64)
    assistant_version = models.CharField(_("assistant version"), max_length=128, blank=True)
    # Of the member who asked: for the error's sentence, which is written when nobody's request is at hand.
    language = models.CharField(_("language"), max_length=16, blank=True)
    trace_id = models.CharField(_("trace id"), max_length=64)
    # What the request named as its place in a trace (W3C), where it did; spans of the run hang below it.
    # This and the columns below have their defaults in the database: an older process inserts without them.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")

    # The lease: who writes, until when. The fence grows with each holder; every write names it.
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    # How many processes have begun or continued it.
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    # So much of the message's text is that of an answer that it continues, whose run accounts for it.
    inherited_characters = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The message's text includes the events up to here.
    checkpoint_seq = models.BigIntegerField(default=0)
    # The terminal event's number; 0 until there is one.
    last_seq = models.BigIntegerField(default=0)
    # True until the log's rows of an ended run are dropped.
    is_logged = models.BooleanField(default=True)

    error_code = models.CharField(_("error code"), max_length=32, blank=True)
    finish_reason = models.CharField(_("finish reason"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ttft_ms = models.PositiveIntegerField(_("time to first token (ms)"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    # Followers who came back from a lost connection, as far as the process that ended the run heard them.
    reconnects = models.PositiveIntegerField(_("reconnects"), default=0, db_default=0)
    # The browser's own view, which it reports once; none where it never did.
    client_ttft_ms = models.PositiveIntegerField(
        _("time to first token in the browser (ms)"), null=True, blank=True
    )
    client_stalls = models.PositiveIntegerField(_("stalls in the browser"), null=True, blank=True)
    client_reconnects = models.PositiveIntegerField(_("reconnects of the browser"), null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["conversation", "-created_at"], name="chat_run_by_conversation"),
            models.Index(fields=["-created_at", "-id"], name="chat_run_newest_first"),
            models.Index(fields=["trace_id"], name="chat_run_by_trace"),
            # For the admin's lists: what is rare has an index of its own, which most runs never enter.
            models.Index(fields=["assistant", "-created_at", "-id"], name="chat_run_by_assistant"),
            models.Index(
                fields=["status", "-created_at", "-id"],
                name="chat_run_not_completed",
                condition=Q(status__in=["cancelled", "failed", "interrupted"]),
            ),
            models.Index(
                fields=["error_code", "-created_at", "-id"],
                name="chat_run_by_error",
                condition=Q(error_code__gt=""),
            ),
            models.Index(
                fields=["lease_expires_at"], name="chat_run_abandoned", condition=Q(status="running")
            ),
            models.Index(fields=["created_at"], name="chat_run_unclaimed", condition=Q(status="queued")),
            models.Index(
                fields=["ended_at"],
                name="chat_run_log_to_drop",
                condition=Q(is_logged=True, ended_at__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(status__in=["queued", "running"]),
                name="chat_one_active_run_per_conversation",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], ended_at__isnull=True, last_seq=0)
                | Q(
                    status__in=["completed", "cancelled", "failed", "interrupted"],
                    ended_at__isnull=False,
                    last_seq__gt=0,
                ),
                name="chat_run_ended_if_terminal",
            ),
            models.CheckConstraint(
                condition=~Q(status="running")
                | Q(lease_owner__isnull=False, lease_expires_at__isnull=False, fence__gt=0),
                name="chat_run_running_is_leased",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_active(self) -> bool:
        """True until the run has ended."""
        return self.status in self.ACTIVE

    @property
    def is_cut(self) -> bool:
        """True if the answer ended before the model had finished, so that it can go on."""
        was_stopped = self.status in (self.Status.CANCELLED, self.Status.INTERRUPTED)
        return was_stopped or self.finish_reason == "length" or self.error_code in self.BREAKS


@receiver(pre_delete, sender="chat.Conversation")
def _hold_runs(*, instance: models.Model, **_kwargs: object) -> None:
    # Whatever deletes the conversation, a member's account too: a row of the log that came between the
    # deletion of its fellows and that of the run would refer to nothing, and undo it all.
    list(Run.objects.filter(conversation=instance.pk).select_for_update().values_list("pk"))
