import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pace } from "./pace";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("many changes make few runs, and the last change is never missed", async () => {
  let n_runs = 0;
  const pace = new Pace(
    () => {
      n_runs += 1;
      return Promise.resolve();
    },
    1000,
    () => Date.now(),
  );
  for (let change = 0; change < 19; change += 1) {
    pace.poke();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(n_runs).toBe(2);
  await vi.advanceTimersByTimeAsync(5000);
  expect(n_runs).toBe(3);
  pace.end();
  pace.poke();
  await vi.advanceTimersByTimeAsync(5000);
  expect(n_runs).toBe(3);
});

test("a slow run is followed by a longer pause", async () => {
  const starts: number[] = [];
  const began = Date.now();
  const pace = new Pace(
    async () => {
      starts.push(Date.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
    100,
    () => Date.now(),
  );
  pace.poke();
  await vi.advanceTimersByTimeAsync(10);
  pace.poke();
  await vi.advanceTimersByTimeAsync(4000);
  expect(starts).toEqual([0, 2500]);
  pace.end();
});
