// A page that sends its telemetry to the address in its own, as pages with OpenTelemetry do: how it loaded and what it
// fetched by the exporter, a last word by `sendBeacon`.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { DocumentLoadInstrumentation } from "@opentelemetry/instrumentation-document-load";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";

const url = new URLSearchParams(location.search).get("otlp") + "/v1/traces";

/** Tells when a span of a name has ended: that of a fetch does when the browser has said how long each part took. */
class Ends {
  #byName = new Map();
  of(name) {
    if (!this.#byName.has(name)) this.#byName.set(name, Promise.withResolvers());
    return this.#byName.get(name);
  }
  onStart() {}
  onEnd(span) {
    this.of(span.name).resolve();
  }
  async forceFlush() {}
  async shutdown() {}
}

/** Passes on, and keeps what came of it. */
class Told {
  failures = [];
  constructor(exporter) {
    this.exporter = exporter;
  }
  export(spans, done) {
    this.exporter.export(spans, (result) => {
      if (result.code !== 0) this.failures.push(String(result.error));
      done(result);
    });
  }
  shutdown() {
    return this.exporter.shutdown();
  }
}

const ends = new Ends();
const exporter = new Told(
  new OTLPTraceExporter({ url, headers: { "x-honeycomb-team": "client-key" }, timeoutMillis: 2_000 }),
);
const resource = resourceFromAttributes({ "service.name": "page" });
const provider = new WebTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(exporter), ends],
});
provider.register();
registerInstrumentations({
  instrumentations: [new DocumentLoadInstrumentation(), new FetchInstrumentation({ ignoreUrls: [url] })],
});

async function send() {
  // What is fetched before would be a part of it.
  await ends.of("documentLoad").promise;
  await fetch("/stock");
  await ends.of("GET").promise;
  await provider.forceFlush().catch(() => undefined);
  // Of a provider that exports nothing by itself.
  const tracer = new WebTracerProvider({ resource }).getTracer("page");
  const goodbye = tracer.startSpan("goodbye", { attributes: { visited: [1, 2.5] } });
  goodbye.end();
  const body = JsonTraceSerializer.serializeRequest([goodbye]);
  const { promise: isThrough, resolve } = Promise.withResolvers();
  new PerformanceObserver((seen) => {
    if (seen.getEntries().some((entry) => entry.initiatorType === "beacon")) resolve();
  }).observe({ type: "resource" });
  const isQueued = navigator.sendBeacon(url, new Blob([body], { type: "application/json" }));
  await isThrough;
  // What any page of the web can do without asking first.
  await fetch(url, { method: "POST", mode: "no-cors", body: "{}" });
  return { failures: exporter.failures, isQueued };
}

globalThis.sent = send();
