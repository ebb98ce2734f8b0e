// @vitest-environment jsdom
import { expect, test } from "vitest";
import { findHotkey, hotkeyLines, takesKeys } from "./hotkeys";

const hotkeys = ["j", "E", "?", "Ctrl+Enter"].map((key) => ({ key, does: key, run: () => undefined }));
const press = (key: string, held: "ctrlKey" | "metaKey" | "altKey" | "" = "") =>
  findHotkey(hotkeys, { key, ctrlKey: held === "ctrlKey", metaKey: held === "metaKey", altKey: held === "altKey" })
    ?.key;

test("a key is found by what it writes, and by Ctrl or Cmd", () => {
  expect([press("j"), press("E"), press("e"), press("?")]).toEqual(["j", "E", undefined, "?"]);
  expect([press("Enter", "ctrlKey"), press("Enter", "metaKey"), press("j", "ctrlKey")]).toEqual([
    "Ctrl+Enter",
    "Ctrl+Enter",
    undefined,
  ]);
  expect(press("j", "altKey")).toBeUndefined();
});

test("a field of text keeps its keys", () => {
  expect(takesKeys(document.createElement("input"))).toBe(true);
  expect(takesKeys(document.createElement("button"))).toBe(false);
});

test("keys that do the same share a line", () => {
  const run = () => undefined;
  const same = ["j", "Enter", "ArrowDown"].map((key) => ({ key, does: key === "Enter" ? "open" : "next", run }));
  expect(hotkeyLines(same).map(({ keys, does }) => [does, ...keys])).toEqual([
    ["next", "j", "ArrowDown"],
    ["open", "Enter"],
  ]);
});
