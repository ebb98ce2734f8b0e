import type { Refusal, RefusalCode } from "../base/refusal";
import type { ApiError, ExportRequest, Saved, Status } from "./bindings/api";

/** How the line to Skep is: `open`, `lost` (trying again by itself), or `forbidden` (the address lacks its token). */
export type Link = "open" | "lost" | "forbidden";

/** The only way out of the page. One of it talks to the window's shell, one to `skep serve`, one to tests. */
export interface Transport {
  /** Calls a command; its bytes are JSON or a frame of columns. Rejects with a [`CallError`]. Once `stop` is
      aborted Skep stops working on it. */
  call(name: string, request: unknown, stop?: AbortSignal): Promise<ArrayBuffer>;
  /** Watches the status, which is pushed at most four times a second. Returns what ends it. */
  live(on: (status: Status) => void, link: (link: Link) => void): () => void;
  /** Hands over the bytes of a file that was begun, and returns when no more of it is wanted: how it fares is told with
      every status. */
  upload(id: number, file: File, stop: AbortSignal): Promise<void>;
  /** Writes events into a file, and tells where it lies; nothing where the browser asks or shows that itself. */
  save(request: ExportRequest, stop?: AbortSignal): Promise<Saved | undefined>;
  /** Watches files that are dragged over the page. Returns what ends it. */
  drops(on: DropWatcher): () => void;
  /** What only a window of its own can do; nothing in a browser. */
  readonly shell?: Shell;
}

/** What a window of its own can do. */
export interface Shell {
  /** Watches the pages that links from outside lead to, as addresses such as `#/trace/<id>`; those that came before it
      was asked too. Returns what ends it. */
  opened(on: (hash: string) => void): () => void;
  /** Names of the files opened last, newest first. */
  recent(): Promise<readonly string[]>;
  /** Opens one of them again, by its place in that list. */
  openRecent(place: number): Promise<void>;
}

/** What becomes of files that are dragged over the page. */
export interface DropWatcher {
  /** Files are held over the page, or no longer. */
  over(isOver: boolean): void;
  /** Files were dropped here. A shell that reads them by their paths takes them in by itself, and never says this. */
  files(files: readonly File[]): void;
  /** Files were dropped and cannot be taken in. */
  refused(message: string): void;
}

/** A command's refusal. Code matches `code`, people read `message`. */
export class CallError extends Error implements Refusal {
  override readonly name = "CallError";

  constructor(
    /** `unreachable` when there was no answer at all. */
    readonly code: RefusalCode,
    message: string,
    /** For `syntax`: offset and length in bytes of the text. */
    readonly span?: readonly [number, number] | undefined,
  ) {
    super(message);
  }

  static from(error: unknown): CallError {
    if (error instanceof CallError) return error;
    if (isApiError(error)) return new CallError(error.code, error.message, error.span ?? undefined);
    return new CallError("internal", error instanceof Error ? error.message : String(error));
  }
}

/** Whether a value is what Skep refuses with. */
export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
