// Sends a trace by the beeline and an event by libhoney, set up as their users do but for the API's host. Prints the
// trace's id, then what libhoney was answered for each of its events.
import beeline from "honeycomb-beeline";
import Libhoney from "libhoney";

const [host, writeKey] = process.argv.slice(2);

// The beeline takes its host from this variable alone.
process.env.HONEYCOMB_API_HOST = host;
beeline({ writeKey, serviceName: "node-shop" });
const order = beeline.startTrace({ name: "order" });
beeline.addTraceContext({ user: "ann" });
const pay = beeline.startSpan({ name: "pay" });
beeline.addContext({ amount: 12.5, cards: ["a", "b"], fast: true });
beeline.finishSpan(pay);
const ship = beeline.startSpan({ name: "ship", error: "no such street" });
beeline.finishSpan(ship);
beeline.finishTrace(order);
await beeline.flush();
console.log(order.payload["trace.trace_id"]);

const answers = [];
const events = new Libhoney({
  apiHost: host,
  writeKey,
  dataset: "node events",
  responseCallback: (responses) => answers.push(...responses),
});
const event = events.newEvent();
event.add({ method: "GET", duration_ms: 153.125, nested: { a: [1, null] } });
event.timestamp = "2023-11-14T22:13:20.123Z";
event.sampleRate = 4;
event.metadata = "good";
event.sendPresampled();
const wide = events.newEvent();
wide.add(Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`f${n}`, n])));
wide.metadata = "too wide";
wide.send();
await events.flush();
for (const { metadata, status_code: status } of answers) console.log(JSON.stringify([metadata, status]));
