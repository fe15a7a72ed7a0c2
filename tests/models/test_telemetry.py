from __future__ import annotations

import pytest

from streamdial.models import ChatMessage, ChatRequest, ModelRuntime
from streamdial.telemetry import start_telemetry
from streamdial.testing import EchoChatModel


async def test_a_model_call_is_traced_and_counted() -> None:
    """By the SDK's own in-memory exporters, in place of the providers of this process."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([reader]))
    runtime = ModelRuntime(EchoChatModel())
    await runtime.complete(
        ChatRequest(messages=(ChatMessage(role="user", content="hello"),), max_tokens=9, purpose="turn")
    )
    (span,) = [span for span in spans.get_finished_spans() if span.name == "model call"]
    assert dict(span.attributes or {}) == {"model": runtime.model_id, "purpose": "turn"}
    data = reader.get_metrics_data()
    assert data is not None
    found = {metric.name for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics}
    assert found >= {"streamdial.model.calls", "streamdial.model.tokens", "streamdial.model.seconds"}


def test_nothing_is_sent_where_no_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert not start_telemetry()
