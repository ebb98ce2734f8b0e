import { formatClock, formatCountOf } from "../../base/format";
import type { Status } from "../../rpc/bindings/api";
import { portOf } from "./endpoints";

/** One step from a port to a trace. The first that is not done is the one waited for. */
export interface Check {
  readonly name: string;
  readonly done: boolean;
  readonly detail: string;
}

/** Where the way from a service to its first trace stands, so that "nothing arrives" has a place. */
export function checkLine(status: Status): readonly Check[] {
  const { arrivals, endpoints, spans } = status;
  const listening = endpoints.length > 0;
  const exported = arrivals.requests > 0;
  const turnedAway = arrivals.refused.reduce((sum, reason) => sum + reason.count, 0);
  const traced = exported && spans.stored > 0;
  const client = [
    arrivals.last_transport === "grpc" ? "gRPC" : arrivals.last_transport?.toUpperCase(),
    arrivals.last_client,
  ]
    .filter((part) => part !== undefined && part !== null)
    .join(", ");
  return [
    {
      name: "Port open",
      done: listening,
      detail: listening ? endpoints.map((endpoint) => portOf(endpoint.bound)).join(" and ") : "not listening here",
    },
    {
      name: "Client connected",
      done: exported || turnedAway > 0,
      detail: exported ? client || "a client" : turnedAway > 0 ? "and was turned away" : "waiting for a request",
    },
    {
      name: "First export",
      done: exported,
      detail: exported
        ? arrivals.last_ns
          ? `last at ${formatClock(arrivals.last_ns).slice(0, 8)}`
          : "arrived"
        : turnedAway > 0
          ? `${formatCountOf(turnedAway, "request")} refused, see the notices`
          : "follows the first span",
    },
    {
      name: "First trace",
      done: traced,
      detail: traced
        ? formatCountOf(spans.stored, "span")
        : spans.stored > 0
          ? `${formatCountOf(spans.stored, "span")} from before`
          : "opens by itself",
    },
  ];
}
