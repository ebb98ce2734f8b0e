import type { TraceRoute } from "../base/route";
import type { TraceOrder, TracePicture } from "../rpc/bindings/api";

/** What is folded by hand, beside what the address says. Immutable. */
export interface Folds {
  readonly repeats: boolean;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly folded: readonly string[];
  readonly unfolded: readonly string[];
  readonly open: readonly string[];
  /** Drawn whatever is folded. */
  readonly reveal: string | undefined;
}

export const NO_FOLDS: Folds = {
  repeats: true,
  services: [],
  names: [],
  folded: [],
  unfolded: [],
  open: [],
  reveal: undefined,
};

const without = (list: readonly string[], one: string) => list.filter((other) => other !== one);

/** The list with or without one. */
export function toggled(list: readonly string[], one: string): readonly string[] {
  return list.includes(one) ? without(list, one) : [...list, one];
}

/** A span is folded. What was to be seen whatever is folded may be below it. */
export function fold(folds: Folds, ref: string): Folds {
  const folded = [...without(folds.folded, ref), ref];
  return { ...folds, folded, unfolded: without(folds.unfolded, ref), reveal: undefined };
}

export function unfold(folds: Folds, ref: string): Folds {
  const unfolded = [...without(folds.unfolded, ref), ref];
  return { ...folds, folded: without(folds.folded, ref), unfolded };
}

/** A group of repeats is opened or closed, by its first span. */
export function openGroup(folds: Folds, ref: string, open: boolean): Folds {
  const rest = without(folds.open, ref);
  return { ...folds, open: open ? [...rest, ref] : rest, reveal: open ? folds.reveal : undefined };
}

/** Nothing by hand: what the address says is all that is folded. */
export function letGo(folds: Folds): Folds {
  return { ...NO_FOLDS, repeats: folds.repeats };
}

/** How the host is to draw. */
export function pictureOf(route: TraceRoute, folds: Folds, order?: TraceOrder): TracePicture {
  return {
    find: route.find.trim(),
    only_found: route.only && route.find.trim() !== "",
    hide: route.hide.trim(),
    fold_repeats: folds.repeats,
    fold_depth: route.depth ?? null,
    fold_services: [...folds.services],
    fold_names: [...folds.names],
    folded: [...folds.folded],
    unfolded: [...folds.unfolded],
    open_groups: [...folds.open],
    reveal: folds.reveal ?? null,
    top: route.top === "" ? null : route.top,
    order: order ?? null,
  };
}
