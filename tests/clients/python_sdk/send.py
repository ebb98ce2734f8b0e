"""Sends a trace, two log records and three metrics with the exporters that the first argument names, configured by
OTEL_* variables alone. A second argument, instead, makes a batch of one span that large, in bytes.
"""

import importlib
import math
import sys

from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

PACKAGES = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
    "http": "opentelemetry.exporter.otlp.proto.http",
    "json": "opentelemetry.exporter.otlp.json.http",
}
package, *size = sys.argv[1:]


def exporter(module, name):
    return getattr(importlib.import_module(f"{PACKAGES[package]}.{module}"), name)()


def send_spans():
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter("trace_exporter", "OTLPSpanExporter")))
    tracer = provider.get_tracer("python-sdk", "1.0.0")
    if size:
        tracer.start_span("large", attributes={"filling": "x" * int(size[0])}).end()
        provider.shutdown()
        return trace.INVALID_SPAN
    with tracer.start_as_current_span("order", kind=trace.SpanKind.SERVER) as order:
        order.set_attributes(
            {
                "numbers": [math.nan, math.inf, -math.inf, -0.0, 5e-324],
                "nan": math.nan,
                "max": 2**63 - 1,
                "min": -(2**63),
                "bytes": b"\x00\xff",
                "nested": [[1, "a"], {"b": [True, None]}],
                "text": "tea\0\N{HONEYBEE}",
                "empty": "",
            }
        )
        try:
            with tracer.start_as_current_span("pay", links=[trace.Link(order.get_span_context())]):
                raise KeyError("no such card")
        except KeyError:
            pass
    provider.shutdown()
    return order


def send_logs(order):
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter("_log_exporter", "OTLPLogExporter")))
    logger = provider.get_logger("python-sdk")
    context = trace.set_span_in_context(order)
    logger.emit(
        context=context,
        severity_number=SeverityNumber.WARN,
        severity_text="WARNING",
        body="card refused",
        attributes={"tries": 2},
    )
    logger.emit(event_name="paid", body={"amount": 12.5, "cards": ["a", b"\x01"]})
    provider.shutdown()


def send_metrics():
    reader = PeriodicExportingMetricReader(exporter("metric_exporter", "OTLPMetricExporter"))
    provider = MeterProvider([reader])
    meter = provider.get_meter("python-sdk")
    meter.create_counter("orders", unit="{order}").add(3, {"shop": "north"})
    meter.create_gauge("temperature").set(-40.5)
    meter.create_histogram("duration", explicit_bucket_boundaries_advisory=[1, 10]).record(2.5)
    provider.shutdown()


order = send_spans()
if not size:
    send_logs(order)
    send_metrics()
