"""Spans of runs, and whose trace a run belongs to."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.test import AsyncClient
from django.urls import reverse
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from chat.models import Conversation, Run
from chat.providers.base import Chunk, Prompt
from chat.providers.echo import EchoProvider
from chat.runs.dispatch import close_dispatcher
from tests.runs.conftest import hear
from tests.waiting import wait_until

CANARY = "canary-7c1f"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PLACE = f"00-{TRACE}-{SPAN}-01"
ASKED: list[Prompt] = []


class RememberingEcho(EchoProvider):
    """Keeps what it was asked."""

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:  # type: ignore[override]
        ASKED.append(prompt)
        async for chunk in super().stream(prompt):
            yield chunk


@pytest.fixture(scope="session")
def provider() -> TracerProvider:
    """OpenTelemetry, which can be set up once in a process."""
    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture(scope="session")
def exporter(provider: TracerProvider) -> InMemorySpanExporter:
    """What OpenTelemetry would send, at once."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def spans(
    engine: None, configure: Callable[..., None], exporter: InMemorySpanExporter
) -> Callable[[], tuple[ReadableSpan, ...]]:
    backend = {"BACKEND": f"{__name__}.RememberingEcho", "OPTIONS": {"delay_seconds": 0}}
    configure(OBSERVERS=["chat.tracing.RunTraces"], PROVIDER=backend)
    ASKED.clear()
    exporter.clear()
    return exporter.get_finished_spans


@pytest.fixture
async def ask(member: Any, conversation: Conversation) -> Callable[..., Any]:
    """Say something over HTTP and hear the whole answer; return the span and the run."""
    client = AsyncClient()
    await client.aforce_login(member)

    async def posted(content: str, **headers: str) -> Run:
        response = await client.post(
            reverse("chat:messages", args=[conversation.pk]),
            data=json.dumps({"content": content, "client_message_id": "c1"}),
            content_type="application/json",
            headers=headers,
        )
        run = await Run.objects.aget(pk=response.json()["run"]["id"])
        assert response.headers["X-Trace-ID"] == run.trace_id == response.json()["run"]["trace_id"]
        await hear(run.pk)
        return run

    return posted


async def only(spans: Callable[[], tuple[ReadableSpan, ...]]) -> ReadableSpan:
    await wait_until(lambda: len(spans()) == 1)
    return spans()[0]


def trace_id_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


async def test_a_run_is_a_span_with_the_names_of_the_conventions(
    ask: Callable[..., Any], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    run = await ask("/long 20")

    span = await only(spans)
    told = dict(span.attributes or {})
    assert (span.name, span.kind, span.status.status_code) == ("chat echo", SpanKind.CLIENT, StatusCode.UNSET)
    assert trace_id_of(span) == run.trace_id
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "echo"
    assert told["gen_ai.request.model"] == "echo"
    assert told["gen_ai.conversation.id"] == str(run.conversation_id)
    assert told["gen_ai.usage.output_tokens"] == 20
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert told["chat.run.id"] == str(run.pk)
    assert told["chat.run.status"] == "completed"


@pytest.mark.usefixtures("spans")
async def test_what_waits_to_be_sent_is_sent_when_the_process_ends(
    ask: Callable[..., Any], provider: TracerProvider
) -> None:
    sent = InMemorySpanExporter()
    provider.add_span_processor(BatchSpanProcessor(sent, schedule_delay_millis=60_000))
    await ask("Hello")

    await close_dispatcher()

    assert [span.name for span in sent.get_finished_spans()] == ["chat echo"]


async def test_a_failed_run_is_an_error(
    ask: Callable[..., Any], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    await ask("/fail rate_limited after 1")

    span = await only(spans)
    assert span.status.status_code == StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "rate_limited"


async def test_the_span_hangs_below_the_one_that_the_request_names(
    ask: Callable[..., Any], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    run = await ask("Hello", traceparent=PLACE)

    span = await only(spans)
    assert run.trace_id == trace_id_of(span) == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SPAN
    assert span.context is not None
    # The provider's request hangs below the run.
    assert [prompt.traceparent for prompt in ASKED] == [f"00-{TRACE}-{span.context.span_id:016x}-01"]


async def test_a_trace_that_is_not_sampled_stays_so(
    ask: Callable[..., Any], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    run = await ask("Hello", traceparent=f"00-{TRACE}-{SPAN}-00")

    assert run.trace_id == TRACE
    assert spans() == ()
    assert ASKED[0].traceparent.startswith(f"00-{TRACE}-")
    assert ASKED[0].traceparent.endswith("-00")


async def test_no_span_holds_a_word_of_the_conversation(
    ask: Callable[..., Any], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    await ask(f"/repeat {CANARY}")

    assert CANARY not in (await only(spans)).to_json()


async def test_a_site_may_want_the_words_in_its_traces(
    ask: Callable[..., Any],
    spans: Callable[[], tuple[ReadableSpan, ...]],
    configure: Callable[..., None],
) -> None:
    configure(TRACE_MESSAGE_TEXT=True)

    await ask(f"/repeat {CANARY}")

    told = (await only(spans)).attributes or {}
    assert CANARY in str(told["gen_ai.input.messages"])
    assert CANARY in str(told["gen_ai.output.messages"])


async def test_without_traces_the_place_goes_through_as_it_came(
    engine: None, ask: Callable[..., Any], configure: Callable[..., None]
) -> None:
    backend = {"BACKEND": f"{__name__}.RememberingEcho", "OPTIONS": {"delay_seconds": 0}}
    configure(PROVIDER=backend)
    ASKED.clear()

    run = await ask("Hello", traceparent=PLACE)

    assert run.trace_id == TRACE
    assert ASKED[0].traceparent == PLACE


async def test_a_request_without_a_place_gets_a_trace_of_its_own(
    engine: None, ask: Callable[..., Any], configure: Callable[..., None]
) -> None:
    backend = {"BACKEND": f"{__name__}.RememberingEcho", "OPTIONS": {"delay_seconds": 0}}
    configure(PROVIDER=backend)
    ASKED.clear()

    run = await ask("Hello", traceparent="00-nonsense")

    assert len(run.trace_id) == 32
    assert ASKED[0].traceparent.startswith(f"00-{run.trace_id}-")
