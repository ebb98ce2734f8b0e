import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.List;
import java.util.Map;

/** Sends a trace, a log record and two metrics, configured by OTEL_* variables alone. */
public final class Main {
  public static void main(String[] arguments) {
    // Closing it sends what it holds.
    try (OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.initialize().getOpenTelemetrySdk()) {
      order(sdk);
      count(sdk.getMeter("java-sdk"));
    }
  }

  private static void order(OpenTelemetry sdk) {
    Tracer tracer = sdk.getTracer("java-sdk", "1.0.0");
    Span order = tracer.spanBuilder("order").setSpanKind(SpanKind.SERVER).startSpan();
    order.setAttribute("nan", Double.NaN);
    order.setAttribute(
        AttributeKey.doubleArrayKey("numbers"),
        List.of(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE));
    order.setAttribute("max", Long.MAX_VALUE);
    order.setAttribute("text", "tea\0\ud83d\udc1d");
    order.setAttribute(AttributeKey.stringArrayKey("cards"), List.of("a", ""));
    order.setAttribute("fast", true);
    try (Scope scope = order.makeCurrent()) {
      Span pay = tracer.spanBuilder("pay").addLink(order.getSpanContext()).startSpan();
      pay.recordException(new IllegalStateException("no such card"));
      pay.setStatus(StatusCode.ERROR, "no money");
      pay.end();
      sdk.getLogsBridge()
          .get("java-sdk")
          .logRecordBuilder()
          .setSeverity(Severity.WARN)
          .setSeverityText("WARN")
          .setBody(Value.of(Map.of("parts", Value.of(Value.of(new byte[] {0, -1}), Value.of(1.5)))))
          .setAttribute("tries", 2)
          .emit();
    }
    order.end();
  }

  private static void count(Meter meter) {
    meter.counterBuilder("orders").setUnit("{order}").build().add(3, Attributes.builder().put("shop", "north").build());
    meter.histogramBuilder("duration").setExplicitBucketBoundariesAdvice(List.of(1.0, 10.0)).build().record(2.5);
  }
}
