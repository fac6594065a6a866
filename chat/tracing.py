"""One OpenTelemetry span for each process's part in a run; the only file that imports opentelemetry.

Names are those of the conventions for generative AI: https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from chat.telemetry import Observer, RunEnd, RunStart, RunTexts, Vitals
from chat.traceparent import traceparent_of

FLUSH_MS = 1500


class RunTraces(Observer):
    """Begins a span when a run is claimed and ends it when the run has ended, or is given up."""

    def __init__(self) -> None:
        self._spans: dict[UUID, Span] = {}

    def current_traceparent(self) -> str | None:
        """Return the place of the span around the request, if the site makes one."""
        return _traceparent(trace.get_current_span())

    def run_started(self, run: RunStart) -> str | None:
        """Begin the span below the request's."""
        name = f"chat {run.model}"
        span = trace.get_tracer("chat").start_span(
            name, context=_parent(run, name), kind=SpanKind.CLIENT, attributes=_attributes(run)
        )
        self._spans[run.run_id] = span
        return _traceparent(span)

    def run_ended(self, run: RunStart, end: RunEnd) -> None:
        """End the span with what the run used and how it ended."""
        span = self._spans.pop(run.run_id, None)
        if span is None:
            return
        span.set_attribute("chat.run.status", end.status)
        span.set_attribute("chat.run.reconnects", end.reconnects)
        span.set_attribute("gen_ai.usage.input_tokens", end.input_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", end.output_tokens)
        if end.finish_reason:
            span.set_attribute("gen_ai.response.finish_reasons", [end.finish_reason])
        if end.ttft_ms is not None:
            span.set_attribute("chat.run.ttft_ms", end.ttft_ms)
        if end.texts is not None:
            _tell_texts(span, end.texts)
        if end.error_code:
            span.set_attribute("error.type", end.error_code)
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def run_left(self, run: RunStart, *, why: str) -> None:
        """End the span: another process goes on, with one of its own."""
        span = self._spans.pop(run.run_id, None)
        if span is not None:
            span.set_attribute("chat.run.left", why)
            span.end()

    async def watch(self, vitals: Callable[[], Vitals]) -> None:
        """Send what is left when the process ends: a server that ends by a signal runs nothing afterwards."""
        try:
            await asyncio.Event().wait()
        finally:
            flush = getattr(trace.get_tracer_provider(), "force_flush", None)
            if flush is not None:
                await asyncio.to_thread(flush, FLUSH_MS)


def _attributes(run: RunStart) -> dict[str, str | int]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": run.vendor,
        "gen_ai.request.model": run.model,
        "gen_ai.conversation.id": str(run.conversation_id),
        "chat.run.id": str(run.run_id),
        "chat.run.attempt": run.attempt,
        "chat.assistant": run.assistant,
    }


def _parent(run: RunStart, name: str) -> Context:
    """Return the context of the request's span; without one, of a span that nobody has.

    OpenTelemetry gives a span without a parent a trace id of its own, and the run has one already.
    """
    trace_id = int(run.trace_id, 16)
    if run.traceparent:
        _, _, span_id, flags = run.traceparent.split("-")
        place = SpanContext(
            trace_id, int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
        )
    else:
        flag = TraceFlags.SAMPLED if _is_sampled(trace_id, name) else TraceFlags.DEFAULT
        place = SpanContext(trace_id, secrets.randbits(64) or 1, is_remote=True, trace_flags=TraceFlags(flag))
    return trace.set_span_in_context(NonRecordingSpan(place), Context())


def _is_sampled(trace_id: int, name: str) -> bool:
    """Ask the site's sampler, as OpenTelemetry does for the first span of a trace."""
    sampler = getattr(trace.get_tracer_provider(), "sampler", None)
    return sampler is not None and sampler.should_sample(Context(), trace_id, name).decision.is_sampled()


def _traceparent(span: Span) -> str | None:
    place = span.get_span_context()
    if not place.is_valid:
        return None
    return traceparent_of(
        trace.format_trace_id(place.trace_id),
        trace.format_span_id(place.span_id),
        is_sampled=place.trace_flags.sampled,
    )


def _tell_texts(span: Span, texts: RunTexts) -> None:
    span.set_attribute("gen_ai.input.messages", _messages(texts.asked))
    span.set_attribute("gen_ai.output.messages", _messages([("assistant", texts.answered)]))


def _messages(messages: Iterable[tuple[str, str]]) -> str:
    parts = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in messages]
    return json.dumps(parts, ensure_ascii=False)
