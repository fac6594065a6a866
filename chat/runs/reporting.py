"""What is told about each run: a log line when it starts, one when it ends, and the observers. No texts."""

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chat.models import Run
from chat.protocol.events import TokenUsage
from chat.telemetry import RunEnd, RunStart, RunTexts, telemetry
from chat.traceparent import traceparent_of

logger = logging.getLogger("chat.runs")


class Report:
    """One process's part in one run."""

    def __init__(self, run: Run, *, vendor: str) -> None:
        self._start = RunStart(
            run_id=run.pk,
            conversation_id=run.conversation_id,
            trace_id=run.trace_id,
            traceparent=run.traceparent,
            model=run.model,
            assistant=run.assistant,
            vendor=vendor,
            attempt=run.attempt,
        )
        self._about: Mapping[str, Any] = {
            "trace_id": run.trace_id,
            "run": str(run.pk),
            "conversation": str(run.conversation_id),
            "user": str(run.conversation.owner_id),
            "model": run.model,
            "attempt": run.attempt,
        }
        self.is_closed = False
        # What the provider's request names as its place in the trace.
        self.traceparent = ""

    def started(self) -> None:
        """Say that this process has claimed the run."""
        own = telemetry().run_started(self._start) or self._start.traceparent
        self.traceparent = own or traceparent_of(self._start.trace_id, secrets.token_hex(8), is_sampled=False)
        began = "run started" if self._start.attempt == 1 else "run continued"
        logger.info(began, extra=dict(self._about))

    def left(self, why: str, *, level: int = logging.WARNING) -> None:
        """Say that this process goes on no more with a run that has not ended."""
        self.is_closed = True
        logger.log(level, "run %s", why, extra=dict(self._about))
        telemetry().run_left(self._start, why=why)

    def ended(
        self,
        run: Run,
        *,
        usage: TokenUsage | None = None,
        answering_seconds: float | None = None,
        detail: str = "",
        texts: RunTexts | None = None,
    ) -> None:
        """Say how the run ended; ``detail`` is what a failure says to operators."""
        self.is_closed = True
        end = RunEnd(
            status=str(run.status),
            error_code=run.error_code,
            finish_reason=run.finish_reason,
            ttft_ms=run.ttft_ms,
            duration_ms=run.duration_ms or 0,
            answering_seconds=answering_seconds,
            input_tokens=usage.input_tokens if usage else 0,
            output_tokens=usage.output_tokens if usage else 0,
            cost_dollars=float(usage.cost) if usage and usage.cost is not None else None,
            reconnects=run.reconnects,
            texts=texts,
        )
        logger.log(
            logging.WARNING if end.error_code else logging.INFO,
            "run ended",
            extra={
                **self._about,
                "status": end.status,
                "input_tokens": end.input_tokens,
                "output_tokens": end.output_tokens,
                "ttft_ms": end.ttft_ms,
                "duration_ms": end.duration_ms,
                "reconnects": end.reconnects,
                **({"error_code": end.error_code} if end.error_code else {}),
                **({"detail": detail} if detail else {}),
            },
        )
        telemetry().run_ended(self._start, end)


@contextmanager
def reporting(run: Run, *, vendor: str) -> Iterator[Report]:
    """Report a run from its claim on, and in any case that it was left."""
    report = Report(run, vendor=vendor)
    report.started()
    try:
        yield report
    finally:
        if not report.is_closed:
            report.left("broke off")
