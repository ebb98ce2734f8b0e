import { isTauri } from "@tauri-apps/api/core";
import type { Commands } from "./bindings/api";
import { Frame } from "./columns";
import { HttpTransport } from "./http";
import { TauriTransport } from "./tauri";
import { CallError, type Transport } from "./transport";

export type Command = keyof Commands;

/** What a command answers: a value, or a frame of columns with the value as its head. */
export type Answer<Name extends Command> = Commands[Name]["as"] extends "columns"
  ? Frame<Commands[Name]["reply"]>
  : Commands[Name]["reply"];

/** How each command's bytes are read; the compiler keeps it equal to the bindings. */
const READ_AS: { readonly [Name in Command]: Commands[Name]["as"] } = {
  status: "json",
  traces: "json",
  traces_page: "json",
  trace: "columns",
  trace_rows: "columns",
  trace_step: "json",
  trace_shape: "json",
  trace_otlp: "json",
  logs: "json",
  span: "json",
  query: "json",
  translate: "json",
  heatmap: "columns",
  series: "columns",
  markers: "json",
  events: "json",
  queries: "json",
  query_ran: "json",
  query_save: "json",
  query_forget: "json",
  bubbleup: "json",
  sql: "json",
  fields: "json",
  forward_save: "json",
  forward_remove: "json",
  forward_retry: "json",
  forward_check: "json",
  forward_send: "json",
  forward_letters: "json",
  forward_resend: "json",
  forward_forget: "json",
  forward_preview: "json",
  forward_estimate: "json",
  pin: "json",
  allow: "json",
  import_begin: "json",
  import_stop: "json",
  import_forget: "json",
  settings: "json",
  settings_save: "json",
  pause: "json",
  clear: "json",
  compact: "json",
  report: "json",
  demo: "json",
};

/** Skep's commands, typed. */
export class Client {
  constructor(readonly transport: Transport) {}

  /** Calls a command. Rejects with a [`CallError`], never with anything else. */
  async call<Name extends Command>(
    name: Name,
    request: Commands[Name]["request"],
    stop?: AbortSignal,
  ): Promise<Answer<Name>> {
    try {
      const bytes = await this.transport.call(name, request, stop);
      const answer: unknown =
        READ_AS[name] === "columns" ? new Frame(bytes) : JSON.parse(new TextDecoder().decode(bytes));
      return answer as Answer<Name>;
    } catch (error) {
      throw CallError.from(error);
    }
  }
}

/** The transport that fits where the page runs: a window's shell, or a browser on `skep serve`. */
export function transportHere(): Transport {
  return isTauri() ? new TauriTransport() : new HttpTransport();
}
