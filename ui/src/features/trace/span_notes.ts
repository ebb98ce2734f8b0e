import type { TraceLines } from "../../state/trace_lines";

/** What is odd about a line, in words. */
export function spanNotes(lines: TraceLines, at: number): string[] {
  const notes: string[] = [];
  if (lines.has(at, "orphan")) notes.push("parent not received");
  if (lines.has(at, "running")) notes.push("still running");
  if (lines.has(at, "cyclic")) notes.push("its parents form a cycle");
  if (lines.has(at, "shared_id")) notes.push("id used more than once");
  if (lines.has(at, "backwards")) notes.push("ends before it starts");
  if (lines.has(at, "mended")) notes.push("repaired");
  return notes;
}
