import type { Endpoint } from "../../rpc/bindings/api";

/** Where services send, as addresses. */
export interface Addresses {
  readonly grpc: string;
  readonly http: string;
  readonly httpPort: string;
}

const USUAL = { grpc: "127.0.0.1:4317", http: "127.0.0.1:4318" };

/** The addresses in use; the usual ones while nothing listens, so that snippets can still be read. */
export function addressesOf(endpoints: readonly Endpoint[]): Addresses {
  const bound = (protocol: "grpc" | "http") =>
    endpoints.find((endpoint) => endpoint.protocol === protocol)?.bound ?? USUAL[protocol];
  const [grpc, http] = [bound("grpc"), bound("http")];
  return { grpc: urlOf(grpc), http: urlOf(http), httpPort: portOf(http) };
}

/** How this machine reaches an address that is listened on: where that is every address, by loopback. */
export function urlOf(bound: string): string {
  return `http://${bound.replace(/^(0\.0\.0\.0|\[::\]):/, "127.0.0.1:")}`;
}

/** The port of `127.0.0.1:4317` or `[::1]:4317`. */
export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}

/** What happened to a port that was taken; nothing when it was free. */
export function takenSentence(endpoint: Endpoint): string | undefined {
  if (!endpoint.taken) return undefined;
  const name = endpoint.protocol === "grpc" ? "gRPC" : "HTTP";
  return `Port ${portOf(endpoint.requested)} is taken by another program. ${name} moved to ${portOf(endpoint.bound)}, and every snippet below follows.`;
}
