"""OpenTelemetry behind ``OTLP_ENDPOINT``: one trace from a request to the slot. Off, it imports nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from models.settings import Settings

EXPORT_TIMEOUT = 2.0
"""Seconds that a collector has, also while a process stops."""

Span = Callable[[str], AbstractContextManager[object]]


def no_span(name: str) -> AbstractContextManager[object]:
    """A span that nobody records."""
    return nullcontext()


def start_tracing(settings: Settings, service: str) -> None:
    """Send this process's spans as ``service`` by OTLP over HTTP; call once, at the start of a process."""
    if settings.otlp_endpoint is None:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    exporter = OTLPSpanExporter(f"{settings.otlp_endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def span_maker(settings: Settings) -> Span:
    """What opens a span inside the current one; ``no_span`` while tracing is off."""
    if settings.otlp_endpoint is None:
        return no_span
    from opentelemetry import trace

    return trace.get_tracer("workshop").start_as_current_span


def tracing_interceptors(traced: bool) -> list[Any]:
    """Spans of workflows and activities, in the trace of whoever started them."""
    if not traced:
        return []
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return [TracingInterceptor()]
