"""Traces and metrics by OpenTelemetry; without an exporter they cost a few microseconds a call.

They are sent where the environment says so, as for any program: `OTEL_EXPORTER_OTLP_ENDPOINT=http://host:4318`.
"""

from __future__ import annotations

import os

from opentelemetry import metrics, trace

from streamdial.errors import MissingExtraError

TRACER = trace.get_tracer("streamdial")
_METER = metrics.get_meter("streamdial")
CALLS = _METER.create_counter("streamdial.model.calls", unit="1", description="Answers of models, by purpose.")
TOKENS = _METER.create_counter("streamdial.model.tokens", unit="1", description="Tokens of models, by kind.")
SECONDS = _METER.create_histogram("streamdial.model.seconds", unit="s", description="Time of a call, tries included.")
DIALOGUES = _METER.create_counter("streamdial.dialogues", unit="1", description="Dialogues, by what became of them.")


def start_telemetry() -> bool:
    """Send traces and metrics where `OTEL_EXPORTER_OTLP_ENDPOINT` points, and tell whether that is so.

    A provider that is set already, by `opentelemetry-instrument` for instance, is kept.

    Raises:
        MissingExtraError: If an endpoint is named and the SDK is not installed.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtraError("opentelemetry-sdk", "telemetry", "sending traces and metrics") from error
    resource = Resource.create({"service.name": "streamdial"})
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(provider)
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        metrics.set_meter_provider(MeterProvider([reader], resource=resource))
    return True
