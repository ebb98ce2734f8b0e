import { expect, test } from "vitest";
import { fromEpochMs } from "../../base/time";
import { chartWords, timeWords } from "./series_words";

test("an expression of a time alone is said as people read it", () => {
  const at = (minute: number) => fromEpochMs(new Date(2026, 10, 30, 14, minute).getTime());
  expect(timeWords(`timestamp_ns >= ${at(2)} AND timestamp_ns < ${at(5)}`)).toBe("14:02:00 to 14:05:00");
  expect(timeWords(`timestamp_ns >= ${at(2)}`)).toBe("from 14:02:00 on");
  expect(timeWords(`timestamp_ns < ${at(5)}`)).toBe("until 14:05:00");
  const more = ["", "error", `error AND timestamp_ns < ${at(5)}`, `timestamp_ns >= ${at(2)} AND error`];
  expect(more.map(timeWords)).toEqual(more.map(() => undefined));
});

test("what a chart is within is said where it is not exact", () => {
  const grid = {
    ...{ groups: [["a"], ["b"]], aggregates: ["COUNT", "P99(duration_ms)"], approximate: [null, 1 / 1025] },
    ...{ start_ns: "0", step_ns: 60e9, n_x: 1, axis: { start_ns: "0", length_ns: 60e9 } },
    ...{ values: new Float64Array(4), groups_total: 2 },
  };
  expect(chartWords(grid, 0)).toBe("COUNT over time, 2 lines, 1 min a point");
  expect(chartWords(grid, 1)).toBe("P99(duration_ms) over time, within 0.1 %, 2 lines, 1 min a point");
});
