"""Sends the demo site's traces to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

Needs the extra [otel] of the app, and opentelemetry-exporter-otlp-proto-http. OpenTelemetry's own
variables, such as OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER, are obeyed.
"""

import os


def send_traces() -> None:
    """Set up OpenTelemetry for this process, if a collector is named."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    service = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "chatproject"}
    provider = TracerProvider(resource=Resource.create(service))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
