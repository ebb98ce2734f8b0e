import {
  connectRoute,
  exploreRoute,
  forwardRoute,
  logsRoute,
  settingsRoute,
  statusRoute,
  tracesRoute,
} from "../base/route";
import type { App } from "./app.svelte";

/** Everything that can be done from everywhere. What a page adds stands in its own hotkeys. */
export type CommandId =
  | "palette"
  | "keys"
  | "go.traces"
  | "go.logs"
  | "go.explore"
  | "go.forward"
  | "go.connect"
  | "go.status"
  | "go.settings"
  | "go.back"
  | "do.import"
  | "do.demo"
  | "do.pause"
  | "do.copyLink"
  | "do.copyReport"
  | "view.theme"
  | "view.imports";

export type CommandGroup = "Go to" | "Do" | "View";

/** One of them, as data: the palette, the sheet of keys, the keyboard and the buttons all follow it. */
export interface Command {
  readonly id: CommandId;
  readonly group: CommandGroup;
  /** A few words, as one would type them. */
  readonly does: string;
  /** As in [`Hotkey.key`]. */
  readonly key?: string;
  /** Why it cannot be done now. */
  readonly off?: string | undefined;
  readonly run: () => void;
}

/** What the commands need beyond the app. */
export interface CommandHost {
  readonly copy: (text: string) => void;
  readonly address: () => string;
}

/** The one list. Read it where it is shown: whether something can be done now changes. */
export function commandsOf(app: App, host: CommandHost): readonly Command[] {
  const { router, imports, live, keys, client } = app;
  const status = live.status;
  const isPaused = status?.paused ?? false;
  const notReceiving = status?.endpoints.length === 0 ? "nothing is received by this process" : undefined;
  const lost = live.link === "lost" ? "the connection to Skep is lost" : undefined;
  const go = (id: CommandId, does: string, to: () => Parameters<typeof router.push>[0], key?: string): Command => ({
    id,
    group: "Go to",
    does,
    run: () => router.push(to()),
    ...(key === undefined ? {} : { key }),
  });
  return [
    { id: "palette", group: "View", does: "find a command", key: "Ctrl+k", run: () => (keys.paletteOpen = true) },
    { id: "keys", group: "View", does: "all keys", key: "?", run: () => (keys.helpOpen = true) },
    go("go.traces", "traces", () => app.lastTraces),
    go("go.logs", "logs", logsRoute),
    go("go.explore", "explore", exploreRoute),
    go("go.forward", "forward", forwardRoute),
    go("go.connect", "connect a service", connectRoute),
    go("go.status", "status and report", statusRoute),
    go("go.settings", "settings", settingsRoute, "Ctrl+,"),
    { id: "go.back", group: "Go to", does: "back", run: () => router.back() },
    { id: "do.import", group: "Do", does: "import files", key: "I", off: lost, run: imports.choose },
    {
      id: "do.demo",
      group: "Do",
      does: "send demo data",
      off: lost ?? (isPaused ? "receiving is paused" : notReceiving),
      run: () => void client.call("demo", {}).then(() => router.push(tracesRoute())),
    },
    {
      id: "do.pause",
      group: "Do",
      does: isPaused ? "go on receiving" : "pause receiving",
      off: lost ?? notReceiving,
      run: () => void client.call("pause", { paused: !isPaused }),
    },
    { id: "do.copyLink", group: "Do", does: "copy a link to this view", run: () => host.copy(host.address()) },
    {
      id: "do.copyReport",
      group: "Do",
      does: "copy a report for a bug",
      off: lost,
      run: () => void client.call("report", {}).then((report) => host.copy(report.text)),
    },
    {
      id: "view.theme",
      group: "View",
      does: app.theme.isDark ? "light theme" : "dark theme",
      key: "T",
      run: () => app.settings.toggleTheme(),
    },
    {
      id: "view.imports",
      group: "View",
      does: imports.isOpen ? "hide imports" : "show imports",
      off: imports.n === 0 ? "no file was imported" : undefined,
      run: () => (imports.isOpen = !imports.isOpen),
    },
  ];
}
