import type { ExportRequest, Status } from "./bindings/api";
import { watchDrops } from "./dom_drops";
import { LineCutter } from "./ndjson";
import { CallError, type DropWatcher, isApiError, type Link, type Transport } from "./transport";

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 10_000;

/** Talks to `skep serve` at the page's own origin; the cookie it set is the key. */
export class HttpTransport implements Transport {
  async call(name: string, request: unknown, stop?: AbortSignal): Promise<ArrayBuffer> {
    let answer: Response;
    try {
      answer = await fetch(`/rpc/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        credentials: "same-origin",
        body: JSON.stringify(request),
        ...(stop && { signal: stop }),
      });
    } catch {
      if (stop?.aborted) throw new CallError("stopped", "the question was stopped");
      throw new CallError("unreachable", "Skep does not answer");
    }
    if (!answer.ok) throw await refusal(answer);
    return answer.arrayBuffer();
  }

  live(on: (status: Status) => void, link: (link: Link) => void): () => void {
    const end = new AbortController();
    void follow(on, link, end.signal);
    return () => end.abort();
  }

  async upload(id: number, file: File, stop: AbortSignal): Promise<void> {
    let answer: Response;
    try {
      // The browser reads the file as it sends it: no more of it than that is in memory.
      answer = await fetch(`/import/${id}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        credentials: "same-origin",
        body: file,
        signal: stop,
      });
    } catch {
      if (stop.aborted) return;
      throw new CallError("unreachable", "the way to Skep broke off");
    }
    if (!answer.ok) throw await refusal(answer);
  }

  save(request: ExportRequest): Promise<undefined> {
    const link = document.createElement("a");
    link.href = `/export?${new URLSearchParams(Object.entries(request)).toString()}`;
    link.download = "";
    link.click();
    return Promise.resolve(undefined);
  }

  drops(on: DropWatcher): () => void {
    return watchDrops(window, on);
  }
}

async function follow(on: (status: Status) => void, link: (link: Link) => void, end: AbortSignal): Promise<void> {
  let wait_ms = RETRY_MS_MIN;
  const ended = () => end.aborted;
  while (!ended()) {
    try {
      const answer = await fetch("/rpc/live", { credentials: "same-origin", signal: end });
      if (answer.status === 401) {
        link("forbidden");
        return;
      }
      if (answer.ok && answer.body) {
        for await (const line of lines(answer.body)) {
          link("open");
          wait_ms = RETRY_MS_MIN;
          on(JSON.parse(line) as Status);
        }
      }
    } catch {
      // Whatever ended the stream, the answer is the same: say so and try again.
    }
    if (ended()) return;
    link("lost");
    await pause(wait_ms, end);
    wait_ms = Math.min(wait_ms * 2, RETRY_MS_MAX);
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const cutter = new LineCutter();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* cutter.push(value);
  }
}

function pause(ms: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    end.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function refusal(answer: Response): Promise<CallError> {
  if (answer.status === 401) return new CallError("forbidden", "this address lacks its token");
  try {
    const body: unknown = await answer.json();
    if (isApiError(body)) return CallError.from(body);
  } catch {
    // Not JSON: something other than Skep answered.
  }
  return new CallError("internal", `Skep answered ${answer.status}`);
}
