// Much data, made here: requests of OTLP JSON from thirty services over six hours, and one trace of many spans. The same
// bytes for the same time, so that pictures of two days can be laid side by side.
const SERVICES = ["frontend", "checkout", "cart", "catalog", "payments", "shipping", "search", "accounts", "mail", "stock", "prices", "images", "reviews", "sessions", "offers", "taxes", "invoices", "returns", "loyalty", "partners", "geo", "currency", "fraud", "ledger", "audit", "flags", "recommendations-of-the-season", "warehouse", "carriers", "notifications"];
const ROUTES = ["/", "/cart", "/checkout", "/product/{id}", "/search", "/api/v2/customers/{customer}/orders/{order}/returns", "/login", "/api/offers"];
const REGIONS = ["us-east-1", "eu-west-1", "ap-south-1"];
const LASTS_MS = 6 * 3600 * 1000;
const SPANS_PER_TRACE = 10;
const TRACES_PER_REQUEST = 200;
const N_OF_LARGE = 2000;

/** Numbers below one, by a linear congruence: even enough for a picture. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const hex = (number, digits) => number.toString(16).padStart(digits, "0");
/** Ids that differ from their first digit on, as real ones do. */
const traceIdOf = (id) => hex(Math.imul(id, 0x9e3779b1) >>> 0, 8) + hex(id, 24);
const text = (key, value) => ({ key, value: { stringValue: value } });
const number = (key, value) => ({ key, value: { intValue: `${value}` } });

/** Bodies for `/v1/traces`, of `n_spans` in all, that end at `now_ms`. */
export function* requests(n_spans, now_ms) {
  const next = random(7);
  const n_traces = Math.floor(n_spans / SPANS_PER_TRACE);
  for (let first = 0; first < n_traces; first += TRACES_PER_REQUEST) {
    const spans = new Map();
    for (let nth = first; nth < Math.min(first + TRACES_PER_REQUEST, n_traces); nth += 1) {
      const start_ms = now_ms - LASTS_MS + (LASTS_MS * nth) / n_traces + next() * 1000;
      trace(spans, nth + 1, start_ms, SPANS_PER_TRACE, next);
    }
    yield body(spans);
  }
  const spans = new Map();
  trace(spans, 0xffff_ffff, now_ms - 60_000, N_OF_LARGE, next);
  yield body(spans);
}

/** The id of the trace of many spans. */
export const LARGE_TRACE_ID = traceIdOf(0xffff_ffff);

function trace(spans, id, start_ms, n_spans, next) {
  const route = ROUTES[Math.floor(next() ** 2 * ROUTES.length)];
  const region = REGIONS[Math.floor(next() * REGIONS.length)];
  const isSlow = region === "eu-west-1" && route === "/checkout";
  const lasts_ms = (n_spans > 100 ? 8000 : 20) + next() ** 4 * 300 + (isSlow ? 900 : 0);
  const failed = next() < 0.03;
  const places = [{ from: 0, lasts: lasts_ms }];
  for (let nth = 0; nth < n_spans; nth += 1) {
    const parent = nth === 0 ? undefined : Math.floor(next() * Math.min(nth, 40));
    if (parent !== undefined) {
      const around = places[parent];
      const from = around.from + around.lasts * next() * 0.6;
      places.push({ from, lasts: (around.from + around.lasts - from) * (0.3 + next() * 0.6) });
    }
    const { from, lasts } = places[nth];
    const service = nth === 0 ? SERVICES[0] : SERVICES[1 + Math.floor(next() * (SERVICES.length - 1))];
    const begin_ns = BigInt(Math.round(start_ms * 1e6 + from * 1e6));
    const attributes = [text("region", region), text("deployment.environment.name", "production")];
    if (nth === 0) attributes.push(text("http.route", route), number("http.response.status_code", failed ? 500 : 200));
    else attributes.push(number("items", Math.floor(next() * 20)), text("db.query.text", `SELECT * FROM items WHERE order = ${nth} AND customer IN (SELECT id FROM customers WHERE region = '${region}')`));
    const one = {
      traceId: traceIdOf(id),
      spanId: hex(id, 8) + hex(nth + 1, 8),
      parentSpanId: parent === undefined ? "" : hex(id, 8) + hex(parent + 1, 8),
      name: nth === 0 ? `GET ${route}` : `${nth % 3 === 0 ? "SELECT" : "call"} ${service}`,
      kind: nth === 0 ? 2 : 3,
      startTimeUnixNano: `${begin_ns}`,
      endTimeUnixNano: `${begin_ns + BigInt(Math.max(1, Math.round(lasts * 1e6)))}`,
      attributes,
      status: failed && nth < 2 ? { code: 2, message: "upstream did not answer in time" } : {},
    };
    if (!spans.has(service)) spans.set(service, []);
    spans.get(service).push(one);
  }
}

function body(spans) {
  const resourceSpans = [...spans].map(([service, of]) => ({
    resource: { attributes: [text("service.name", service), text("service.version", "2.1.0")] },
    scopeSpans: [{ scope: { name: "shop" }, spans: of }],
  }));
  return JSON.stringify({ resourceSpans });
}
