import type { Hotkey } from "../../base/hotkeys";

/** What the keys of a trace do. */
export interface TraceActions {
  readonly move: (step: 1 | -1) => void;
  readonly into: () => void;
  readonly outOf: () => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly fit: () => void;
  readonly zoomToSpan: () => void;
  readonly error: (step: 1 | -1) => void;
  readonly match: (step: 1 | -1) => void;
  readonly find: () => void;
  readonly leave: () => void;
}

export function traceHotkeys(actions: TraceActions): readonly Hotkey[] {
  return [
    { key: "e", does: "next error", hint: true, run: () => actions.error(1) },
    { key: "E", does: "previous error", run: () => actions.error(-1) },
    { key: "z", does: "zoom to span", hint: true, run: actions.zoomToSpan },
    { key: "f", does: "fit", hint: true, run: actions.fit },
    { key: "j", does: "next row", run: () => actions.move(1) },
    { key: "k", does: "previous row", run: () => actions.move(-1) },
    { key: "ArrowDown", does: "next row", run: () => actions.move(1) },
    { key: "ArrowUp", does: "previous row", run: () => actions.move(-1) },
    { key: "h", does: "fold, or to the parent", run: actions.outOf },
    { key: "l", does: "unfold, or to the first child", run: actions.into },
    { key: "ArrowLeft", does: "fold, or to the parent", run: actions.outOf },
    { key: "ArrowRight", does: "unfold, or to the first child", run: actions.into },
    { key: "[", does: "fold all", run: actions.foldAll },
    { key: "]", does: "unfold all", run: actions.unfoldAll },
    { key: "/", does: "find", run: actions.find },
    { key: "n", does: "next match", run: () => actions.match(1) },
    { key: "N", does: "previous match", run: () => actions.match(-1) },
    { key: "Escape", does: "end the find, then back to the list", run: actions.leave },
  ];
}
