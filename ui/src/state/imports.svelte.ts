import type { Import } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { CallError, type DropWatcher } from "../rpc/transport";
import type { Live } from "./live.svelte";

/** A file that could not be handed over at all. */
export interface Unread {
  readonly name: string;
  readonly why: string;
}

/** Files on their way into the store: those that Skep was told of, those that wait for their turn here, and those that
    never got there. */
export class Imports implements DropWatcher {
  /** Files are held over the page. */
  isOver = $state(false);
  /** Whether the list is shown. */
  isOpen = $state(false);
  waiting = $state.raw<readonly File[]>([]);
  unread = $state.raw<readonly Unread[]>([]);
  #isHandingOver = false;
  /** The file that is handed over now. */
  #current: { readonly id: number; readonly stop: AbortController } | undefined;
  /** The newest file that was seen, so that the list opens for newer ones alone. */
  #lastId = 0;
  #choose: (() => void) | undefined;

  constructor(
    private readonly client: Client,
    private readonly live: Live,
  ) {}

  /** Those that Skep knows of, oldest first. */
  readonly known = $derived.by((): readonly Import[] => this.live.status?.imports ?? []);
  readonly underWay = $derived(this.known.filter((one) => !isEnd(one)));
  readonly n_failed = $derived(this.known.filter((one) => one.state === "failed").length + this.unread.length);
  readonly n = $derived(this.known.length + this.waiting.length + this.unread.length);
  readonly isBusy = $derived(this.underWay.length + this.waiting.length > 0);

  /** The share of all bytes that was read; nothing where a length is not known. */
  readonly share = $derived.by((): number | undefined => {
    const begun = this.underWay.map((one) => ({ read: one.bytes_read, of: one.bytes }));
    const files = [...begun, ...this.waiting.map((file) => ({ read: 0, of: file.size }))];
    if (files.some((file) => file.of === null)) return undefined;
    const of = files.reduce((sum, file) => sum + (file.of ?? 0), 0);
    return of === 0 ? undefined : files.reduce((sum, file) => sum + file.read, 0) / of;
  });

  /** Opens the list when a file appears that was not there before, and hands over no more of one that ended. */
  readonly follow = (): void => {
    const current = this.known.find((one) => one.id === this.#current?.id);
    if (current && isEnd(current)) this.#current?.stop.abort();
    const newest = this.known.at(-1);
    if (!newest || newest.id <= this.#lastId) return;
    const isFirst = this.#lastId === 0;
    this.#lastId = newest.id;
    // What had ended before the page was opened is no news.
    if (!isFirst || !isEnd(newest)) this.isOpen = true;
  };

  /** Where files are chosen. */
  attach(choose: () => void): () => void {
    this.#choose = choose;
    return () => (this.#choose = undefined);
  }

  /** Asks which files. */
  readonly choose = (): void => this.#choose?.();

  over(isOver: boolean): void {
    this.isOver = isOver;
  }

  files(files: readonly File[]): void {
    if (files.length === 0) return;
    this.waiting = [...this.waiting, ...files];
    this.isOpen = true;
    void this.#handOver();
  }

  refused(message: string): void {
    this.unread = [...this.unread, { name: "Dropped files", why: message }];
    this.isOpen = true;
  }

  /** Hands over one file after another: Skep reads one at a time. */
  async #handOver(): Promise<void> {
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    for (let file = this.waiting[0]; file; file = this.waiting[0]) {
      try {
        await this.#handOverOne(file);
      } catch (error) {
        this.#drop(file, CallError.from(error).message);
      }
    }
    this.#isHandingOver = false;
  }

  async #handOverOne(file: File): Promise<void> {
    try {
      // A folder, or a file that is gone, shows only when it is read.
      await file.slice(0, 1).arrayBuffer();
    } catch {
      this.#drop(file, "it cannot be read: if it is a folder, choose the files in it");
      return;
    }
    if (!this.waiting.includes(file)) return;
    const { id } = await this.client.call("import_begin", { name: file.name, bytes: file.size });
    const stop = new AbortController();
    this.#current = { id, stop };
    this.waiting = this.waiting.filter((other) => other !== file);
    try {
      await this.client.transport.upload(id, file, stop.signal);
    } catch {
      // From here on Skep tells what became of it: that it broke off, or why no more of it was wanted.
    } finally {
      this.#current = undefined;
    }
  }

  #drop(file: File, why: string): void {
    this.waiting = this.waiting.filter((other) => other !== file);
    this.unread = [...this.unread, { name: file.name, why }];
  }

  /** Stops a file that Skep knows of; what was read of it stays. */
  async stop(id: number): Promise<void> {
    await this.client.call("import_stop", { id }).catch(() => undefined);
  }

  /** Takes a file back that waits here. */
  leave(file: File): void {
    this.waiting = this.waiting.filter((other) => other !== file);
  }

  /** Stops everything. */
  async stopAll(): Promise<void> {
    this.waiting = [];
    await Promise.all(this.underWay.map((one) => this.stop(one.id)));
  }

  /** Forgets what has ended, and closes the list. */
  async forget(): Promise<void> {
    this.isOpen = false;
    this.unread = [];
    await this.client.call("import_forget", {}).catch(() => undefined);
  }
}

function isEnd({ state }: Import): boolean {
  return state === "done" || state === "stopped" || state === "failed";
}
