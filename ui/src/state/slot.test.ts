import { expect, test } from "vitest";
import { CallError } from "../rpc/transport";
import { Slot } from "./slot.svelte";

test("the old answer stays until the new one is there, and through a refusal", async () => {
  const slot = new Slot<number>();
  await slot.ask(() => Promise.resolve(1));
  const asked = slot.ask(() => Promise.resolve(2));
  expect([slot.value, slot.asking]).toEqual([1, true]);
  await asked;
  expect([slot.value, slot.asking]).toEqual([2, false]);
  await slot.ask(() => Promise.reject(new CallError("syntax", "no", [0, 1])));
  expect([slot.value, slot.error?.code, slot.asking]).toEqual([2, "syntax", false]);
});

test("an answer that is overtaken is dropped", async () => {
  const slot = new Slot<string>();
  let late: (value: string) => void = () => undefined;
  const first = slot.ask(() => new Promise<string>((resolve) => (late = resolve)));
  await slot.ask(() => Promise.resolve("second"));
  late("first");
  expect(await first).toBe(false);
  expect(slot.value).toBe("second");
});

test("what is cleared stays so", async () => {
  const slot = new Slot<string>();
  const asked = slot.ask(() => Promise.resolve("late"));
  slot.clear();
  await asked;
  expect([slot.value, slot.asking]).toEqual([undefined, false]);
});

test("a question that is overtaken or stopped learns of it, and the old answer stays", async () => {
  const slot = new Slot<number>();
  const stopped: string[] = [];
  const endless = (name: string) => (stop: AbortSignal) =>
    new Promise<number>((_, reject) => {
      stop.addEventListener("abort", () => {
        stopped.push(name);
        reject(new CallError("stopped", "the question was stopped"));
      });
    });
  await slot.ask(() => Promise.resolve(1));
  const first = slot.ask(endless("first"));
  const second = slot.ask(endless("second"));
  expect([stopped, slot.asking]).toEqual([["first"], true]);
  slot.stop();
  expect(await Promise.all([first, second])).toEqual([false, false]);
  expect([stopped, slot.value, slot.error, slot.asking]).toEqual([["first", "second"], 1, undefined, false]);
});
