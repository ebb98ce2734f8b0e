import type { Setting } from "../../rpc/bindings/api";

/** A part of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** Keys in the file that begin like this. */
  readonly table: string;
  /** A sentence below the title. */
  readonly lead?: string;
  /** Only a window of its own does this. */
  readonly windowOnly?: boolean;
}

export const SECTIONS: readonly Section[] = [
  { id: "receiver", title: "Receiver", table: "receiver" },
  { id: "storage", title: "Storage", table: "storage" },
  { id: "appearance", title: "Appearance", table: "appearance" },
  {
    id: "notifications",
    title: "Notifications",
    table: "notifications",
    lead: "Shown by the system while the window is not in front.",
    windowOnly: true,
  },
  { id: "window", title: "Window", table: "window", windowOnly: true },
  {
    id: "limits",
    title: "Limits",
    table: "receiver.limits",
    lead: "What a sender may cost, and what is kept of a request. The usual ones fit almost everybody.",
  },
];

/** The settings of a section: those of its table, without the tables below it. */
export function settingsOf(section: Section, all: readonly Setting[]): readonly Setting[] {
  return all.filter((setting) => setting.key.slice(0, setting.key.lastIndexOf(".")) === section.table);
}
