import type { TraceRoute } from "../base/route";

type Window = TraceRoute["window"];

/** Steps kept; nobody goes back further by hand. */
const STEPS_MAX = 50;
/** Moves of a wheel or a drag closer than this are one step. */
const GLIDE_REST_MS = 600;

/** The parts of time looked at before, to step back to. */
export class Zooms {
  readonly #steps: { readonly window: Window }[] = [];
  #resting: ReturnType<typeof setTimeout> | undefined;

  /** Keeps what is left; `glides` says that it is one of many small moves. */
  keep(window: Window, glides: boolean): void {
    if (!glides || this.#resting === undefined) {
      this.#steps.push({ window });
      if (this.#steps.length > STEPS_MAX) this.#steps.shift();
    }
    clearTimeout(this.#resting);
    this.#resting = glides ? setTimeout(() => (this.#resting = undefined), GLIDE_REST_MS) : undefined;
  }

  /** What was looked at before; nothing at the first. */
  back(): { readonly window: Window } | undefined {
    return this.#steps.pop();
  }
}
