// Sends one trace of three spans with the exporter named by the argument (http, proto or grpc), configured by OTEL_*
// variables alone, and prints its trace id.
import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { detectResources, envDetector } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${process.argv[2]}`);
const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const tracer = trace.getTracer("node-shop", "1.0.0");

const order = tracer.startSpan("order", { kind: SpanKind.SERVER, attributes: { "http.route": "/order" } });
context.with(trace.setSpan(context.active(), order), () => {
  const pay = tracer.startSpan("pay", {
    kind: SpanKind.CLIENT,
    attributes: { amount: 12.5, tries: 2, cards: ["a", "b"], fast: true },
  });
  pay.addEvent("asked", { bank: "north" });
  pay.setStatus({ code: SpanStatusCode.ERROR, message: "no money" });
  pay.end();
  tracer.startSpan("ship", { links: [{ context: pay.spanContext() }] }).end();
});
order.end();
await provider.shutdown();
console.log(order.spanContext().traceId);
