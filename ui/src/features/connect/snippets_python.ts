import type { Addresses } from "./endpoints";
import type { Language, Step } from "./snippets";

interface Framework {
  readonly id: string;
  readonly name: string;
  /** Packages beside the SDK and the exporter. */
  readonly packages: readonly string[];
  /** Where the code goes. */
  readonly where: string;
  /** Imports before the SDK's. */
  readonly first: readonly string[];
  /** Imports after the SDK's. */
  readonly then: readonly string[];
  /** What comes after the provider is set. */
  readonly use: readonly string[];
  readonly run: string;
}

function language(framework: Framework): Language {
  return { id: framework.id, name: framework.name, steps: (at) => steps(framework, at) };
}

function steps(framework: Framework, at: Addresses): readonly Step[] {
  // The instrumentation first: it is published after the SDK, and pip then takes the SDK that fits. The other way round it
  // goes through all that was ever published of it, for minutes, down to what fits nothing.
  const packages = [...framework.packages, "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"];
  return [
    {
      title: "Install the SDK and the instrumentation of what you use",
      code: `pip install ${packages.join(" \\\n  ")}`,
    },
    {
      title: framework.where,
      code: [
        ...framework.first,
        "from opentelemetry import trace",
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter",
        "from opentelemetry.sdk.trace import TracerProvider",
        "from opentelemetry.sdk.trace.export import BatchSpanProcessor",
        ...framework.then,
        "",
        "provider = TracerProvider()",
        "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))",
        "trace.set_tracer_provider(provider)",
        "",
        ...framework.use,
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is, and start the app as always",
      code: ["export OTEL_SERVICE_NAME=shop", `export OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`, framework.run].join(
        "\n",
      ),
    },
    {
      title: "Or in docker compose",
      code: [
        "services:",
        "  shop:",
        "    environment:",
        "      OTEL_SERVICE_NAME: shop",
        `      OTEL_EXPORTER_OTLP_ENDPOINT: http://host.docker.internal:${at.httpPort}`,
        "    extra_hosts:",
        '      - "host.docker.internal:host-gateway"',
      ].join("\n"),
      note: CONTAINERS,
    },
  ];
}

/** What a container needs on this side. */
export const CONTAINERS =
  "Docker Desktop reaches Skep like this. On Linux name the interface in the settings, Receiver, Containers (docker0), or start skep serve --listen-containers.";

const zeroCode: Language = {
  id: "python",
  name: "Python, no code",
  steps: (at) => [
    {
      title: "Install what instruments, and the instrumentation of all that is installed",
      code: "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http\nopentelemetry-bootstrap -a install",
    },
    {
      title: "Tell it where Skep is, and start the app under it",
      code: [
        "export OTEL_SERVICE_NAME=shop",
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`,
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "opentelemetry-instrument flask --app shop run --no-reload",
      ].join("\n"),
      note: "With a reloader the child process is not instrumented: start without.",
    },
  ],
};

const REQUESTS = "from opentelemetry.instrumentation.requests import RequestsInstrumentor";

export const PYTHON: readonly Language[] = [
  language({
    id: "flask",
    name: "Python, Flask",
    packages: ["opentelemetry-instrumentation-flask", "opentelemetry-instrumentation-requests"],
    where: "Set it up where the app is made",
    first: ["from flask import Flask"],
    then: ["from opentelemetry.instrumentation.flask import FlaskInstrumentor", REQUESTS],
    use: ["app = Flask(__name__)", "FlaskInstrumentor().instrument_app(app)", "RequestsInstrumentor().instrument()"],
    run: "flask --app shop run",
  }),
  zeroCode,
  language({
    id: "django",
    name: "Python, Django",
    packages: ["opentelemetry-instrumentation-django", "opentelemetry-instrumentation-requests"],
    where: "Set it up in manage.py and wsgi.py, before Django starts",
    first: [],
    then: ["from opentelemetry.instrumentation.django import DjangoInstrumentor", REQUESTS],
    use: ["DjangoInstrumentor().instrument()", "RequestsInstrumentor().instrument()"],
    run: "python manage.py runserver --noreload",
  }),
  language({
    id: "fastapi",
    name: "Python, FastAPI",
    packages: ["opentelemetry-instrumentation-fastapi", "opentelemetry-instrumentation-httpx"],
    where: "Set it up where the app is made",
    first: ["from fastapi import FastAPI"],
    then: [
      "from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor",
      "from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor",
    ],
    use: ["app = FastAPI()", "FastAPIInstrumentor.instrument_app(app)", "HTTPXClientInstrumentor().instrument()"],
    run: "uvicorn shop:app",
  }),
];
