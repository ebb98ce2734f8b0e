import { expect, test } from "vitest";
import { N_SERVICE_COLORS, serviceColor } from "./color";

test("a service's colour never changes", () => {
  const colors = ["gateway", "checkout", "", "Größe"].map(serviceColor);
  expect(colors.slice(0, 2)).toEqual([6, 3]);
  for (const color of colors) expect(color).toBeGreaterThanOrEqual(1);
  for (const color of colors) expect(color).toBeLessThanOrEqual(N_SERVICE_COLORS);
});

test("ten names that many systems have get ten colours", () => {
  const names = "gateway checkout cart catalog identity inventory payments fraud shipping notifications".split(" ");
  expect(new Set(names.map(serviceColor)).size).toBe(10);
});
