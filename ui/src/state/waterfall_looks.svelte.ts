const TREE_KEY = "skep.waterfall.tree_px";
const COMPACT_KEY = "skep.waterfall.compact";

/** Narrower, and names are gone; wider, and bars are. */
export const TREE_PX_MIN = 160;
export const TREE_PX_MAX = 900;

/** How the waterfall is laid out, as it was left. */
export class WaterfallLooks {
  /** Width of the column of names; as the page's width gives it when nobody drew it. */
  tree_px = $state<number | undefined>(undefined);
  /** Rows as low as their text. */
  compact = $state(false);
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    const kept = Number(storage.getItem(TREE_KEY));
    this.tree_px = kept >= TREE_PX_MIN && kept <= TREE_PX_MAX ? kept : undefined;
    this.compact = storage.getItem(COMPACT_KEY) === "true";
  }

  setTree(px: number | undefined): void {
    this.tree_px = px === undefined ? undefined : Math.max(TREE_PX_MIN, Math.min(TREE_PX_MAX, Math.round(px)));
    if (this.tree_px === undefined) this.#storage.removeItem(TREE_KEY);
    else this.#storage.setItem(TREE_KEY, String(this.tree_px));
  }

  setCompact(compact: boolean): void {
    this.compact = compact;
    this.#storage.setItem(COMPACT_KEY, String(compact));
  }
}
