import { expect, test } from "vitest";
import { fromEpochMs } from "../../base/time";
import { timeWords } from "./series_words";

test("an expression of a time alone is said as people read it", () => {
  const at = (minute: number) => fromEpochMs(new Date(2026, 10, 30, 14, minute).getTime());
  expect(timeWords(`timestamp_ns >= ${at(2)} AND timestamp_ns < ${at(5)}`)).toBe("14:02:00 to 14:05:00");
  expect(timeWords(`timestamp_ns >= ${at(2)}`)).toBe("from 14:02:00 on");
  expect(timeWords(`timestamp_ns < ${at(5)}`)).toBe("until 14:05:00");
  const more = ["", "error", `error AND timestamp_ns < ${at(5)}`, `timestamp_ns >= ${at(2)} AND error`];
  expect(more.map(timeWords)).toEqual(more.map(() => undefined));
});
