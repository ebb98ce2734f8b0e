import type { TraceModel } from "../../state/trace_model";

/** What is odd about a row, in words. */
export function spanNotes(model: TraceModel, row: number): string[] {
  const notes: string[] = [];
  if (model.has(row, "orphan")) notes.push("parent not received");
  if (model.has(row, "running")) notes.push("still running");
  if (model.has(row, "cyclic")) notes.push("its parents form a cycle");
  if (model.has(row, "shared_id")) notes.push("id used more than once");
  if (model.has(row, "backwards")) notes.push("ends before it starts");
  if (model.has(row, "mended")) notes.push("repaired");
  return notes;
}
