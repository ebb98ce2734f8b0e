/** A key and what it does, as data: the same list drives the keyboard, the hints and the help. */
export interface Hotkey {
  /** As in `KeyboardEvent.key`, such as `j`, `?`, `Enter`; with `Ctrl+` in front where it is held (or Cmd). */
  readonly key: string;
  /** A few words, such as `next error`. */
  readonly does: string;
  readonly run: () => void;
  /** Shown at the right of the status bar. */
  readonly hint?: boolean;
}

/** What of a keyboard event matters here. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The pressed combination in the spelling of [`Hotkey.key`]. */
export function pressed(event: KeyPress): string {
  return event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key;
}

/** The first hotkey that answers to the event; none while Alt is held, which belongs to the system. */
export function findHotkey(hotkeys: readonly Hotkey[], event: KeyPress): Hotkey | undefined {
  if (event.altKey) return undefined;
  const key = pressed(event);
  return hotkeys.find((hotkey) => hotkey.key === key);
}

/** Whether keys belong to what is focused: a field of text, a list of choices. */
export function takesKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** A key as people read it on a cap. */
export function keyLabel(key: string): string {
  const names: Readonly<Record<string, string>> = {
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
    Escape: "Esc",
    "Ctrl+Enter": "Ctrl ↵",
  };
  return names[key] ?? key.replace(/^Ctrl\+(.)$/, (_, held: string) => `Ctrl ${held.toUpperCase()}`);
}

/** One line of a list of keys: what they do, and every key that does it. */
export interface HotkeyLine {
  readonly keys: readonly string[];
  readonly does: string;
  readonly run: () => void;
}

/** Keys that do the same share a line, where the first of them stands. */
export function hotkeyLines(hotkeys: readonly Hotkey[]): readonly HotkeyLine[] {
  const lines = new Map<string, HotkeyLine>();
  for (const { key, does, run } of hotkeys) {
    const line = lines.get(does);
    lines.set(does, line === undefined ? { keys: [key], does, run } : { ...line, keys: [...line.keys, key] });
  }
  return [...lines.values()];
}
