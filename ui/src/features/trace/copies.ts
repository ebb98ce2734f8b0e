import type { Attribute, SpanDetail } from "../../rpc/bindings/api";

/** W3C's header that continues a trace below this span. */
export function traceparent(detail: SpanDetail): string {
  const flags = Number(valueOf(detail.attributes, "otlp.flags") ?? "1") & 0xff;
  return `00-${detail.trace_id}-${detail.span_id}-${flags.toString(16).padStart(2, "0")}`;
}

/** The request of an HTTP span as a command to send it again; nothing where the span does not say enough. */
export function curl(detail: SpanDetail): string | undefined {
  const value = (...keys: string[]) => {
    for (const key of keys) {
      const text = valueOf(detail.attributes, key);
      if (text !== undefined && text !== "") return text;
    }
    return undefined;
  };
  const method = value("http.request.method", "http.method");
  const url = value("url.full", "http.url") ?? urlOfParts(value);
  if (method === undefined || url === undefined) return undefined;
  const headers = detail.attributes.flatMap(({ key, text }) => {
    const name = /^http\.request\.header\.(.+)$/.exec(key)?.[1];
    return name === undefined ? [] : headerValues(text).map((one) => `${name.replaceAll("_", "-")}: ${one}`);
  });
  const parts = [`curl -X ${quoted(method)} ${quoted(url)}`, `-H ${quoted(`traceparent: ${traceparent(detail)}`)}`];
  return [...parts, ...headers.map((header) => `-H ${quoted(header)}`)].join(" \\\n  ");
}

function urlOfParts(value: (...keys: string[]) => string | undefined): string | undefined {
  const host = value("server.address", "http.host", "net.host.name", "net.peer.name");
  const path = value("url.path", "http.target");
  if (host === undefined || path === undefined) return undefined;
  const port = host.includes(":") ? undefined : value("server.port", "net.host.port", "net.peer.port");
  const query = value("url.query");
  const scheme = value("url.scheme", "http.scheme") ?? "http";
  return `${scheme}://${host}${port === undefined ? "" : `:${port}`}${path}${query === undefined ? "" : `?${query}`}`;
}

/** Header attributes are lists of strings. */
function headerValues(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // A plain text, as some senders write it.
  }
  return [text];
}

/** As one word of a shell, whatever is in it. */
function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function valueOf(attributes: readonly Attribute[], key: string): string | undefined {
  return attributes.find((one) => one.key === key)?.text;
}
