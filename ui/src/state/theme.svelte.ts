export type Theme = "light" | "dark";

const KEY = "skep.theme";

/** Light or dark: the system's choice until the user makes one, which is kept. */
export class ThemeState {
  theme = $state<Theme>("light");
  readonly #storage: Storage;
  readonly #root: HTMLElement;

  constructor(storage: Storage, root: HTMLElement, system: Pick<MediaQueryList, "matches" | "addEventListener">) {
    this.#storage = storage;
    this.#root = root;
    const kept = storage.getItem(KEY);
    this.#set(kept === "light" || kept === "dark" ? kept : system.matches ? "dark" : "light");
    system.addEventListener("change", () => {
      if (storage.getItem(KEY) === null) this.#set(system.matches ? "dark" : "light");
    });
  }

  toggle(): void {
    this.#set(this.theme === "dark" ? "light" : "dark");
    this.#storage.setItem(KEY, this.theme);
  }

  #set(theme: Theme): void {
    this.theme = theme;
    this.#root.dataset["theme"] = theme;
  }
}
