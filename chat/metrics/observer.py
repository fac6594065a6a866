"""Counts runs as they start and end, and samples each process once a second."""

import asyncio
from collections.abc import Callable

from chat.exceptions import RUN_ERRORS, InternalError, RunInterrupted
from chat.metrics import instruments
from chat.telemetry import Observer, RunEnd, RunStart, Vitals

# Operators name few models; a name that came from elsewhere must not make series without end.
MOST_MODELS = 20
OTHER = "other"
# Nothing that a provider did.
OWN_ERRORS = {RunInterrupted.code, InternalError.code}
SAMPLE_SECONDS = 1.0

_models: set[str] = set()
_processes: list[Callable[[], Vitals]] = []


class RunMetrics(Observer):
    """Fills the instruments."""

    def run_started(self, run: RunStart) -> None:
        """Count a run once, however many processes go on with it."""
        if run.attempt == 1:
            instruments.runs_started.labels(bounded(run.model)).inc()

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        """Count the run, its times, tokens and cost."""
        model = bounded(run.model)
        about = ("chat", run.vendor, model)
        error = end.error_code if end.error_code in RUN_ERRORS or not end.error_code else OTHER
        instruments.runs_ended.labels(model, end.status).inc()
        instruments.request_duration.labels(*about, error).observe(end.duration_ms / 1000)
        instruments.run_reconnects.observe(end.reconnects)
        if error and error not in OWN_ERRORS:
            instruments.provider_errors.labels(run.vendor, error).inc()
        if end.ttft_ms is not None:
            instruments.time_to_first_token.labels(*about).observe(end.ttft_ms / 1000)
        if end.answering_seconds is not None and end.output_tokens > 1:
            per_token = end.answering_seconds / (end.output_tokens - 1)
            instruments.time_per_output_token.labels(*about).observe(per_token)
        if end.input_tokens or end.output_tokens:
            instruments.token_usage.labels(*about, "input").observe(end.input_tokens)
            instruments.token_usage.labels(*about, "output").observe(end.output_tokens)
        if end.cost_dollars:
            instruments.cost.labels(model).inc(end.cost_dollars)

    def run_left(self, run: RunStart, *, why: str) -> None:
        """Count a run that this process gave up."""
        instruments.runs_left.inc()

    def run_taken_over(self, *, is_continued: bool) -> None:
        """Count a run of a dead process."""
        instruments.take_overs.labels("continued" if is_continued else "ended").inc()

    def follower_returned(self, door: str) -> None:
        """Count a follower who came back."""
        instruments.reconnects.labels(door).inc()

    def snapshot_sent(self) -> None:
        """Count a follower who could not continue."""
        instruments.snapshots.inc()

    async def watch(self, vitals: Callable[[], Vitals]) -> None:
        """Sample the process once a second, and see how late its event loop wakes up."""
        loop = asyncio.get_running_loop()
        _processes.append(vitals)
        try:
            while True:
                sample()
                asked_at = loop.time()
                await asyncio.sleep(SAMPLE_SECONDS)
                instruments.loop_lag.observe(max(0.0, loop.time() - asked_at - SAMPLE_SECONDS))
        finally:
            _processes.remove(vitals)
            sample()


def sample() -> None:
    """Put what this process holds now into the gauges. Call it in the event loop."""
    held = [vitals() for vitals in _processes]
    instruments.active_runs.set(sum(one.active_runs for one in held))
    instruments.hub_bytes.set(sum(one.hub_bytes for one in held))
    instruments.journal_bytes.set(sum(one.journal_bytes for one in held))
    instruments.log_delay.set(max((one.log_delay_seconds for one in held), default=0.0))
    # The same for every loop of the process.
    for door, count in (held[0].followers if held else {}).items():
        instruments.followers.labels(door).set(count)


def bounded(model: str) -> str:
    """Return the model's name, or ``other`` once there are too many."""
    if model not in _models and len(_models) >= MOST_MODELS:
        return OTHER
    _models.add(model)
    return model
