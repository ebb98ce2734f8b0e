import { Channel, invoke } from "@tauri-apps/api/core";
import type { Status } from "./bindings/api";
import { CallError, type Link, type Transport } from "./transport";

/** Talks to the window's shell. */
export class TauriTransport implements Transport {
  #asks = 0;

  async call(name: string, request: unknown, stop?: AbortSignal): Promise<ArrayBuffer> {
    this.#asks += 1;
    const ask = this.#asks;
    const end = () => void invoke("stop", { ask });
    stop?.addEventListener("abort", end);
    let bytes: unknown;
    try {
      bytes = await invoke("call", { name, request, ask });
    } catch (error) {
      if (stop?.aborted) throw new CallError("stopped", "the question was stopped");
      throw CallError.from(error);
    } finally {
      stop?.removeEventListener("abort", end);
    }
    // A page whose policy lacks ipc: gets a slow array of numbers instead, without any other sign.
    if (!(bytes instanceof ArrayBuffer)) throw new CallError("internal", "the shell did not answer with bytes");
    return bytes;
  }

  live(on: (status: Status) => void, link: (link: Link) => void): () => void {
    let ended = false;
    const channel = new Channel<Status>();
    channel.onmessage = (status) => {
      if (ended) return;
      link("open");
      on(status);
    };
    invoke("live", { on: channel }).catch(() => link("lost"));
    return () => {
      ended = true;
    };
  }
}
