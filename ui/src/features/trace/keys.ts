import type { Hotkey } from "../../base/hotkeys";

/** What the keys of a trace do. */
export interface TraceActions {
  readonly move: (step: number) => void;
  readonly first: () => void;
  readonly last: () => void;
  readonly page: (step: 1 | -1) => void;
  readonly into: () => void;
  readonly outOf: () => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly fit: () => void;
  readonly zoomToSpan: () => void;
  readonly zoomBack: () => void;
  readonly onlyThis: () => void;
  readonly onlyFound: () => void;
  readonly repeats: () => void;
  readonly critical: (step: 1 | -1) => void;
  readonly look: (nth: number) => void;
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
    { key: "Z", does: "back to the time before the zoom", run: actions.zoomBack },
    { key: "f", does: "fit", hint: true, run: actions.fit },
    { key: "s", does: "only this span and what is below, or all", run: actions.onlyThis },
    { key: "c", does: "next on the critical path", run: () => actions.critical(1) },
    { key: "C", does: "previous on the critical path", run: () => actions.critical(-1) },
    { key: "r", does: "fold repeats, or not", run: actions.repeats },
    { key: "j", does: "next row", run: () => actions.move(1) },
    { key: "k", does: "previous row", run: () => actions.move(-1) },
    { key: "ArrowDown", does: "next row", run: () => actions.move(1) },
    { key: "ArrowUp", does: "previous row", run: () => actions.move(-1) },
    { key: "PageDown", does: "a screen down", run: () => actions.page(1) },
    { key: "PageUp", does: "a screen up", run: () => actions.page(-1) },
    { key: "Home", does: "first row", run: actions.first },
    { key: "End", does: "last row", run: actions.last },
    { key: "h", does: "fold, or to the parent", run: actions.outOf },
    { key: "l", does: "unfold, or to the first child", run: actions.into },
    { key: "ArrowLeft", does: "fold, or to the parent", run: actions.outOf },
    { key: "ArrowRight", does: "unfold, or to the first child", run: actions.into },
    { key: "[", does: "fold all", run: actions.foldAll },
    { key: "]", does: "unfold all", run: actions.unfoldAll },
    { key: "/", does: "find", run: actions.find },
    { key: "o", does: "only what is found, or all", run: actions.onlyFound },
    { key: "n", does: "next match", run: () => actions.match(1) },
    { key: "N", does: "previous match", run: () => actions.match(-1) },
    { key: "1", does: "waterfall", run: () => actions.look(0) },
    { key: "2", does: "flame graph", run: () => actions.look(1) },
    { key: "3", does: "table of spans", run: () => actions.look(2) },
    { key: "4", does: "logs", run: () => actions.look(3) },
    { key: "Escape", does: "end the find, then back to the list", run: actions.leave },
  ];
}
