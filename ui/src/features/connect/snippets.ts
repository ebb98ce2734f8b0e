import type { Addresses } from "./endpoints";
import { CONTAINERS, PYTHON } from "./snippets_python";

/** One thing to do. */
export interface Step {
  readonly title: string;
  readonly code: string;
  /** A sentence below the code. */
  readonly note?: string;
}

/** A language or framework and how to point it here. */
export interface Language {
  readonly id: string;
  readonly name: string;
  readonly steps: (at: Addresses) => readonly Step[];
}

function environment(lines: readonly string[], run: string): string {
  return [...lines.map((line) => `export ${line}`), run].join("\n");
}

const node: Language = {
  id: "node",
  name: "Node.js",
  steps: (at) => [
    {
      title: "Install the SDK and the instrumentations",
      code: "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node",
    },
    {
      title: "Tell it where Skep is, and start the app with one option more",
      code: environment(
        ["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`, "OTEL_METRICS_EXPORTER=none"],
        "node --require @opentelemetry/auto-instrumentations-node/register app.js",
      ),
    },
  ],
};

const browser: Language = {
  id: "browser",
  name: "Browser",
  steps: (at) => [
    {
      title: "Install the SDK and the instrumentations",
      code: [
        "npm install @opentelemetry/sdk-trace-web @opentelemetry/exporter-trace-otlp-http \\",
        "  @opentelemetry/resources @opentelemetry/instrumentation \\",
        "  @opentelemetry/auto-instrumentations-web",
      ].join("\n"),
    },
    {
      title: "Set it up before the app starts",
      code: [
        'import { registerInstrumentations } from "@opentelemetry/instrumentation";',
        "import { getWebAutoInstrumentations }",
        '  from "@opentelemetry/auto-instrumentations-web";',
        'import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";',
        'import { resourceFromAttributes } from "@opentelemetry/resources";',
        'import { BatchSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";',
        "",
        `const exporter = new OTLPTraceExporter({ url: "${at.http}/v1/traces" });`,
        "const provider = new WebTracerProvider({",
        '  resource: resourceFromAttributes({ "service.name": "shop-web" }),',
        "  spanProcessors: [new BatchSpanProcessor(exporter)],",
        "});",
        "provider.register();",
        "registerInstrumentations({ instrumentations: [getWebAutoInstrumentations()] });",
      ].join("\n"),
      note: "A page from localhost may send at once. One from elsewhere is turned away, and shows above with a button that allows it; from https the browser may ask whether it may reach this machine.",
    },
  ],
};

const go: Language = {
  id: "go",
  name: "Go",
  steps: (at) => [
    {
      title: "Install the SDK, the exporter and the HTTP instrumentation",
      code: [
        "go get go.opentelemetry.io/otel go.opentelemetry.io/otel/sdk \\",
        "  go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp \\",
        "  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
      ].join("\n"),
    },
    {
      title: "Set it up once, in main",
      code: [
        "exporter, err := otlptracehttp.New(ctx)",
        "if err != nil {",
        "\tlog.Fatal(err)",
        "}",
        "// trace is go.opentelemetry.io/otel/sdk/trace",
        "provider := trace.NewTracerProvider(trace.WithBatcher(exporter))",
        "defer provider.Shutdown(ctx)",
        "otel.SetTracerProvider(provider)",
        "otel.SetTextMapPropagator(propagation.TraceContext{})",
        "",
        'http.ListenAndServe(":8080", otelhttp.NewHandler(mux, "server"))',
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is",
      code: environment(["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`], "go run ."),
    },
  ],
};

const java: Language = {
  id: "java",
  name: "Java",
  steps: (at) => [
    {
      title: "Fetch the agent",
      code: "curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar",
    },
    {
      title: "Tell it where Skep is, and start the app with the agent",
      code: environment(
        ["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`, "OTEL_METRICS_EXPORTER=none"],
        "java -javaagent:opentelemetry-javaagent.jar -jar shop.jar",
      ),
    },
  ],
};

const dotnet: Language = {
  id: "dotnet",
  name: ".NET",
  steps: (at) => [
    {
      title: "Add the packages",
      code: [
        "dotnet add package OpenTelemetry.Extensions.Hosting",
        "dotnet add package OpenTelemetry.Instrumentation.AspNetCore",
        "dotnet add package OpenTelemetry.Instrumentation.Http",
        "dotnet add package OpenTelemetry.Exporter.OpenTelemetryProtocol",
      ].join("\n"),
    },
    {
      title: "Add tracing in Program.cs",
      code: [
        "builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing",
        "    .AddAspNetCoreInstrumentation()",
        "    .AddHttpClientInstrumentation()",
        "    .AddOtlpExporter());",
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is",
      code: environment(["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.grpc}`], "dotnet run"),
      note: "The .NET exporter speaks gRPC unless told otherwise.",
    },
  ],
};

const rust: Language = {
  id: "rust",
  name: "Rust",
  steps: (at) => [
    {
      title: "Add the crates",
      code: "cargo add opentelemetry opentelemetry_sdk opentelemetry-otlp",
    },
    {
      title: "Set it up once, in main",
      code: [
        "let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;",
        "let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()",
        "    .with_batch_exporter(exporter)",
        "    .build();",
        "opentelemetry::global::set_tracer_provider(provider.clone());",
        "",
        "// before the process ends",
        "provider.shutdown()?;",
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is",
      code: environment(["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`], "cargo run"),
    },
  ],
};

const ruby: Language = {
  id: "ruby",
  name: "Ruby",
  steps: (at) => [
    {
      title: "Add the gems",
      code: "bundle add opentelemetry-sdk opentelemetry-exporter-otlp \\\n  opentelemetry-instrumentation-all",
    },
    {
      title: "Set it up once, in an initializer",
      code: [
        'require "opentelemetry/sdk"',
        'require "opentelemetry/instrumentation/all"',
        "",
        "OpenTelemetry::SDK.configure(&:use_all)",
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is",
      code: environment(["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`], "bin/rails server"),
    },
  ],
};

const php: Language = {
  id: "php",
  name: "PHP",
  steps: (at) => [
    {
      title: "Install the extension and the packages, with the instrumentation of what you use",
      code: [
        "pecl install opentelemetry",
        "composer require open-telemetry/sdk open-telemetry/exporter-otlp \\",
        "  open-telemetry/opentelemetry-auto-slim guzzlehttp/guzzle",
      ].join("\n"),
    },
    {
      title: "Tell it where Skep is",
      code: environment(
        [
          "OTEL_PHP_AUTOLOAD_ENABLED=true",
          "OTEL_SERVICE_NAME=shop",
          "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
          `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`,
        ],
        "php -d extension=opentelemetry.so -S 127.0.0.1:8080 -t public",
      ),
    },
  ],
};

const collector: Language = {
  id: "collector",
  name: "Collector",
  steps: (at) => [
    {
      title: "Add Skep as one more exporter",
      code: [
        "exporters:",
        "  otlphttp/skep:",
        `    endpoint: ${at.http}`,
        "",
        "service:",
        "  pipelines:",
        "    traces:",
        "      receivers: [otlp]",
        "      exporters: [otlphttp/skep]",
      ].join("\n"),
    },
  ],
};

const compose: Language = {
  id: "compose",
  name: "Docker compose",
  steps: (at) => [
    {
      title: "Give the service its address, and a way to this machine",
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
    {
      title: "Or with docker run",
      code: [
        "docker run --add-host host.docker.internal:host-gateway \\",
        `  -e OTEL_EXPORTER_OTLP_ENDPOINT=http://host.docker.internal:${at.httpPort} \\`,
        "  -e OTEL_SERVICE_NAME=shop shop",
      ].join("\n"),
    },
  ],
};

const kubernetes: Language = {
  id: "kubernetes",
  name: "Kubernetes",
  steps: (at) => [
    {
      title: "Run the service here, with the rest of the cluster forwarded to it",
      code: [
        "kubectl port-forward svc/catalog 8081:80 &",
        ...["OTEL_SERVICE_NAME=shop", `OTEL_EXPORTER_OTLP_ENDPOINT=${at.http}`].map((line) => `export ${line}`),
        "CATALOG_URL=http://127.0.0.1:8081 flask --app shop run",
      ].join("\n"),
    },
    {
      title: "Or, where a Collector runs in the cluster: have it send to a port that leads here",
      code: [
        "exporters:",
        "  otlphttp/skep:",
        "    endpoint: http://skep.default.svc:4318",
        "    headers: { x-otlp-api-key: TOKEN }",
      ].join("\n"),
      note: "For a cluster that reaches this machine, such as kind or minikube: a service named skep with this machine's address as its endpoint. Listen on 0.0.0.0 in the settings; the token is shown above then.",
    },
  ],
};

const curl: Language = {
  id: "curl",
  name: "curl",
  steps: (at) => [
    {
      title: "Send one span by hand",
      code: [
        `curl ${at.http}/v1/traces -H 'content-type: application/json' -d '{`,
        '  "resourceSpans": [{',
        '    "resource": {"attributes": [',
        '      {"key": "service.name", "value": {"stringValue": "curl"}}',
        "    ]},",
        '    "scopeSpans": [{"spans": [{',
        '      "traceId": "\'$(openssl rand -hex 16)\'",',
        '      "spanId": "\'$(openssl rand -hex 8)\'",',
        '      "name": "hello", "kind": 2,',
        '      "startTimeUnixNano": "\'$(date +%s)\'000000000",',
        '      "endTimeUnixNano": "\'$(date +%s)\'120000000"',
        "    }]}]",
        "  }]",
        "}'",
      ].join("\n"),
      note: "Skep answers {} when it has kept the span.",
    },
  ],
};

/** Every language there is a way for; the one most asked for first. */
export const LANGUAGES: readonly Language[] = [
  ...PYTHON,
  node,
  browser,
  go,
  java,
  dotnet,
  rust,
  ruby,
  php,
  compose,
  kubernetes,
  collector,
  curl,
];
