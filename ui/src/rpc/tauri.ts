import { Channel, invoke } from "@tauri-apps/api/core";
import type { ExportRequest, Saved, Status } from "./bindings/api";
import { CallError, type DropWatcher, type Link, type Shell, type Transport } from "./transport";

/** Bytes of a file that are handed over at a time. */
const PIECE_BYTES = 1 << 20;

/** Talks to the window's shell. */
export class TauriTransport implements Transport {
  #asks = 0;

  readonly shell: Shell = {
    opened(on) {
      let ended = false;
      const channel = new Channel<string>();
      channel.onmessage = (hash) => {
        if (!ended) on(hash);
      };
      void invoke("opened", { on: channel });
      return () => {
        ended = true;
      };
    },
    recent: () => invoke<string[]>("recent"),
    async openRecent(place) {
      try {
        await invoke("recent_open", { place });
      } catch (error) {
        throw CallError.from(error);
      }
    },
  };

  async call(name: string, request: unknown, stop?: AbortSignal): Promise<ArrayBuffer> {
    const bytes = await this.#ask("call", { name, request }, stop);
    // A page whose policy lacks ipc: gets a slow array of numbers instead, without any other sign.
    if (!(bytes instanceof ArrayBuffer)) throw new CallError("internal", "the shell did not answer with bytes");
    return bytes;
  }

  /** Asks what can be stopped. */
  async #ask(command: string, args: Record<string, unknown>, stop?: AbortSignal): Promise<unknown> {
    this.#asks += 1;
    const ask = this.#asks;
    const end = () => void invoke("stop", { ask });
    stop?.addEventListener("abort", end);
    try {
      return await invoke(command, { ...args, ask });
    } catch (error) {
      if (stop?.aborted) throw new CallError("stopped", "the question was stopped");
      throw CallError.from(error);
    } finally {
      stop?.removeEventListener("abort", end);
    }
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

  async upload(id: number, file: File, stop: AbortSignal): Promise<void> {
    const feed = (bytes: Uint8Array) => invoke("feed", bytes, { headers: { import: String(id) } });
    try {
      for (let at = 0; at < file.size && !stop.aborted; at += PIECE_BYTES) {
        await feed(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
      }
      // No bytes say that this was all.
      if (!stop.aborted) await feed(new Uint8Array(0));
    } catch (error) {
      if (!stop.aborted) throw CallError.from(error);
    }
  }

  async save(request: ExportRequest, stop?: AbortSignal): Promise<Saved> {
    return (await this.#ask("save", { request }, stop)) as Saved;
  }

  drops(on: DropWatcher): () => void {
    // The shell reads what is dropped by its path, and never tells the page of it.
    const channel = new Channel<{ over: boolean; refused: string | null }>();
    let ended = false;
    channel.onmessage = ({ over, refused }) => {
      if (ended) return;
      on.over(over);
      if (refused !== null) on.refused(refused);
    };
    void invoke("drops", { on: channel });
    return () => {
      ended = true;
    };
  }
}
