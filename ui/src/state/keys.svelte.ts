import { findHotkey, type Hotkey, takesKeys } from "../base/hotkeys";

/** The keys that work now: the app's own, and those of the page. */
export class Keys {
  page = $state.raw<readonly Hotkey[]>([]);
  app = $state.raw<readonly Hotkey[]>([]);
  /** While something floats above the page, only Escape is for the app. */
  helpOpen = $state(false);
  paletteOpen = $state(false);

  /** Gives the page's keys; returns what takes them away. */
  use(hotkeys: readonly Hotkey[]): () => void {
    this.page = hotkeys;
    return () => {
      if (this.page === hotkeys) this.page = [];
    };
  }

  readonly onkeydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    // It is a dialog with a field of its own.
    if (this.paletteOpen) return;
    if (this.helpOpen) {
      if (event.key === "Escape" || event.key === "?") this.helpOpen = false;
      return;
    }
    const held = event.ctrlKey || event.metaKey;
    if (takesKeys(event.target) && !held) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    // A button or a link answers Enter itself.
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest("button, a")) return;
    const hotkey = findHotkey([...this.page, ...this.app], event);
    if (!hotkey) return;
    event.preventDefault();
    hotkey.run();
  };
}
