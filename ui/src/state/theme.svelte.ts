/** As the settings have it. */
export type ThemeChoice = "system" | "light" | "dark" | "high-contrast";
/** As the pages are drawn. */
export type Theme = "light" | "dark" | "light-contrast" | "dark-contrast";

const KEY = "skep.theme";
const CHOICES: readonly ThemeChoice[] = ["system", "light", "dark", "high-contrast"];

type Preference = Pick<MediaQueryList, "matches" | "addEventListener">;

/** What the system prefers. */
export interface Preferences {
  readonly dark: Preference;
  readonly contrast: Preference;
}

/** How the pages look: as the system prefers until the user says otherwise. The settings keep that; a copy of it here
    makes the first picture right before they are known. */
export class ThemeState {
  theme = $state<Theme>("light");
  choice = $state<ThemeChoice>("system");
  readonly #storage: Storage;
  readonly #root: HTMLElement;
  readonly #system: Preferences;

  constructor(storage: Storage, root: HTMLElement, system: Preferences) {
    this.#storage = storage;
    this.#root = root;
    this.#system = system;
    this.choose(storage.getItem(KEY) ?? "system");
    for (const one of [system.dark, system.contrast]) one.addEventListener("change", () => this.#draw());
  }

  get isDark(): boolean {
    return this.theme.startsWith("dark");
  }

  /** Follows a choice; one that is none is the system's. */
  choose(choice: string): void {
    this.choice = CHOICES.find((one) => one === choice) ?? "system";
    this.#storage.setItem(KEY, this.choice);
    this.#draw();
  }

  #draw(): void {
    const isDark = this.choice === "dark" || (this.choice !== "light" && this.#system.dark.matches);
    const isStrong = this.choice === "high-contrast" || (this.choice === "system" && this.#system.contrast.matches);
    const base = isDark ? "dark" : "light";
    this.theme = isStrong ? `${base}-contrast` : base;
    this.#root.dataset["theme"] = base;
    if (isStrong) this.#root.dataset["contrast"] = "more";
    else delete this.#root.dataset["contrast"];
  }
}

/** What the browser or the window knows of the system. */
export function preferencesHere(): Preferences {
  return { dark: matchMedia("(prefers-color-scheme: dark)"), contrast: matchMedia("(prefers-contrast: more)") };
}
