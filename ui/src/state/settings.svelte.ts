import type { Setting, SettingsReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { CallError } from "../rpc/transport";
import type { Live } from "./live.svelte";
import type { ThemeState } from "./theme.svelte";

/** The settings as the file has them. */
export class Settings {
  reply = $state.raw<SettingsReply | undefined>(undefined);
  /** Why settings cannot be read at all. */
  error = $state.raw<CallError | undefined>(undefined);
  /** Why what was typed was not saved, by key. */
  refused = $state.raw<ReadonlyMap<string, string>>(new Map());
  #generation = 0;

  constructor(
    private readonly client: Client,
    private readonly live: Live,
    private readonly theme: ThemeState,
  ) {}

  field(key: string): Setting | undefined {
    return this.reply?.fields.find((field) => field.key === key);
  }

  /** Reads them again when they changed, here or in the file. */
  readonly follow = (): void => {
    const generation = this.live.status?.settings_generation ?? 0;
    if (generation === this.#generation) return;
    this.#generation = generation;
    void this.load();
  };

  async load(): Promise<void> {
    try {
      this.#take(await this.client.call("settings", {}));
      this.error = undefined;
    } catch (error) {
      this.error = CallError.from(error);
    }
  }

  /** Writes one into the file; without a value it is as usual again. Tells whether that went well. */
  async save(key: string, value: string | undefined): Promise<boolean> {
    const refused = new Map(this.refused);
    refused.delete(key);
    try {
      this.#take(await this.client.call("settings_save", { key, value: value ?? null }));
    } catch (error) {
      refused.set(key, CallError.from(error).message);
    }
    this.refused = refused;
    return !refused.has(key);
  }

  /** Light if it is dark, dark if it is light, for good. */
  toggleTheme(): void {
    const choice = this.theme.isDark ? "light" : "dark";
    this.theme.choose(choice);
    void this.save("appearance.theme", choice);
  }

  #take(reply: SettingsReply): void {
    this.reply = reply;
    const theme = this.field("appearance.theme");
    if (theme) this.theme.choose(theme.value);
  }
}
