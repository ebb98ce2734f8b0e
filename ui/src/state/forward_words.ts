import { formatAge, formatBytes, formatCount, formatDuration } from "../base/format";
import type { ForwardBacklog, ForwardPolicy, ForwardSent, ForwardStatus, KeyStatus } from "../rpc/bindings/api";

/** Shape first, colour second: healthy is a filled dot, retrying an open ring, off a hollow dot. */
export type Shape = "dot" | "ring" | "hollow";

/** All destinations in one line. */
export interface ForwardSummary {
  readonly shape: Shape;
  readonly text: string;
  readonly waiting: number;
  readonly refused: number;
}

export function shapeOf(destination: ForwardStatus): Shape {
  switch (destination.state) {
    case "healthy":
      return "dot";
    case "retrying":
    case "paused":
      return "ring";
    case "off":
      return "hollow";
  }
}

export function forwardSummary(destinations: readonly ForwardStatus[]): ForwardSummary {
  const on = destinations.filter((destination) => destination.enabled);
  const waiting = on.reduce((sum, destination) => sum + destination.waiting, 0);
  const refused = on.reduce((sum, destination) => sum + destination.refused, 0);
  if (on.length === 0) return { shape: "hollow", text: "Forwarding off", waiting: 0, refused: 0 };
  const troubled = on.filter((destination) => destination.state !== "healthy").length;
  const text = troubled === 0 ? `Forwarding to ${on.length}` : `Forwarding to ${on.length}, ${troubled} not reached`;
  return { shape: troubled === 0 ? "dot" : "ring", text, waiting, refused };
}

/** How a destination is doing, in one sentence. */
export function stateSentence(destination: ForwardStatus): string {
  const detail = destination.detail ? `: ${destination.detail}` : "";
  switch (destination.state) {
    case "off":
      return "Off. Nothing is sent.";
    case "healthy":
      return destination.last_acknowledged_ns === null ? "On. Nothing has been sent yet." : "Healthy.";
    case "retrying": {
      const ms = destination.retry_in_ms;
      const when = ms === null ? "Trying again" : `Trying again in ${formatDuration(Math.ceil(ms / 1000) * 1e9)}`;
      return `${when}${detail}`;
    }
    case "paused":
      return `Paused${detail}`;
  }
}

/** A short word for a list. */
export function stateWord(destination: ForwardStatus): string {
  if (destination.state === "healthy") return destination.last_acknowledged_ns === null ? "On" : "Healthy";
  return { off: "Off", retrying: "Retrying", paused: "Paused" }[destination.state];
}

/** What its user calls it, else its address. */
export function nameOf(destination: ForwardStatus): string {
  return destination.name === "" ? destinationName(destination.url) : destination.name;
}

/** A name for people: the service behind a known address, else the host. */
export function destinationName(url: string): string {
  try {
    const { host } = new URL(url);
    if (host === "api.honeycomb.io") return "Honeycomb US";
    if (host === "api.eu1.honeycomb.io") return "Honeycomb EU";
    return host;
  } catch {
    return url;
  }
}

/** Where the key lies, in plain words. */
export function keySentence(key: KeyStatus): string {
  const hint = key.hint ? ` It ends in ${key.hint}.` : "";
  switch (key.place) {
    case "none":
      return "No key is set.";
    case "keychain":
      return `The key lies in the keychain of this machine.${hint}`;
    case "file":
      return `The key lies in a file only you can read, because no keychain answered: ${key.path ?? "in the data folder"}.${hint}`;
    case "environment":
      return `The key comes from the environment Skep was started in.${hint}`;
  }
}

/** Whether the ledger adds up, and by how much it does not. */
export function ledgerTotal(destination: ForwardStatus): number {
  return destination.acknowledged + destination.waiting + destination.refused + destination.left_out;
}

/** What waits, and for how long already. */
export function waitingNote(destination: ForwardStatus): string {
  if (destination.waiting === 0) return "nothing in the log for it";
  const age = destination.waiting_age_ms;
  const oldest = age === null ? "" : `oldest ${formatAge(age) === "now" ? "just now" : formatAge(age)}, `;
  return `${oldest}${formatBytes(destination.waiting_bytes)}`;
}

/** What became of the refused. */
export function refusedNote(destination: ForwardStatus): string {
  const { refused, left_unsent, lettered } = destination;
  if (refused === 0) return "the destination said no";
  const parts = [
    lettered > 0 ? `${formatCount(lettered)} kept` : "",
    left_unsent > 0 ? `${formatCount(left_unsent)} left before they could be sent` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "the destination said no" : parts.join(", ");
}

/** What is done when too much waits. */
export function backlogSentence(backlog: ForwardBacklog): string {
  if (backlog.keeps_all) {
    return "Everything is kept: at the store's cap other events leave, and where none are left receiving pauses.";
  }
  if (backlog.bytes === null)
    return "As much may wait as the store holds; above, the oldest leave and count as refused.";
  return `At most ${formatBytes(backlog.bytes)} may wait; above, the oldest leave and count as refused.`;
}

/** Whether anything but the bytes that came leaves. */
export function isAsItCame(policy: ForwardPolicy): boolean {
  const { filter, sampling, scrubbing } = policy;
  const sampled = sampling.one_in !== 1 || sampling.services.some((service) => service.one_in !== 1);
  return filter.trim() === "" && !sampled && !scrubbing.enabled;
}

/** A trace's page in Honeycomb; nothing where the key was never checked, or leads elsewhere. */
export function honeycombTrace(
  destination: ForwardStatus,
  dataset: string,
  traceId: string,
  start_s: number,
  end_s: number,
): string | undefined {
  const datasets = destination.place?.datasets_url;
  if (datasets === undefined || datasets === null) return undefined;
  const times = `trace_start_ts=${String(Math.floor(start_s))}&trace_end_ts=${String(Math.ceil(end_s))}`;
  const slug = dataset
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-");
  return `${datasets}${encodeURIComponent(slug)}/trace?trace_id=${encodeURIComponent(traceId)}&${times}`;
}

/** What came of sending by hand. */
export function sentSentence(sent: ForwardSent): string {
  const { acknowledged, refused, unsent, reason } = sent;
  const parts = [
    `${formatCount(acknowledged)} acknowledged`,
    refused > 0 ? `${formatCount(refused)} refused` : "",
    unsent > 0 ? `${formatCount(unsent)} not sent` : "",
  ].filter((part) => part !== "");
  return `${parts.join(", ")}${reason === null ? "" : `: ${reason}`}`;
}

export function duplicatesSentence(destination: ForwardStatus): string {
  const n = destination.possible_duplicates;
  if (n === 0) return "";
  return `${formatCount(n)} of them again after no answer came: the destination may hold those twice.`;
}
