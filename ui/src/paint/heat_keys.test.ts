import { expect, test } from "vitest";
import { moveCells } from "./heat_keys";

test("arrows move a cell, with Shift they grow a box, both stay on the grid", () => {
  const grid = { n_x: 4, n_y: 3 };
  const press = (keys: string[]) =>
    keys.reduce<ReturnType<typeof moveCells>>((cells, key) => {
      const grows = key.startsWith("Shift+");
      return moveCells(cells, key.replace("Shift+", ""), grows, grid);
    }, undefined);
  expect(press(["ArrowLeft"])).toEqual({ from: { x: 1, y: 1 }, to: { x: 1, y: 1 } });
  expect(press(["Home", "PageUp", "Shift+ArrowRight", "Shift+ArrowDown"])).toEqual({
    from: { x: 0, y: 2 },
    to: { x: 1, y: 1 },
  });
  expect(press(["End", "ArrowRight", "Shift+PageDown"])).toEqual({ from: { x: 3, y: 1 }, to: { x: 3, y: 0 } });
  expect(moveCells(undefined, "a", false, grid)).toBeUndefined();
});
