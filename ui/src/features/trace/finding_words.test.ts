import { expect, test } from "vitest";
import { findingWords } from "./finding_words";

const at = { span: "00000000000000aa", service: "cart", name: "SELECT items" };
const parent = { span: "00000000000000ab", service: "web", name: "GET /cart" };

test("findings say what, how much and of what", () => {
  const said = [
    findingWords({ kind: "error_origin", at, n_above: 2, message: "no such table" }),
    findingWords({
      ...{ kind: "repeats", at, parent, n: 48, covered_ns: 3.12e9 },
      ...{ share: 0.96, calls: true, one_by_one: true },
    }),
    findingWords({ kind: "sequence", at, parent, n: 3, total_ns: 9e8, saving_ns: 6e8 }),
    findingWords({ kind: "clock_skew", at, caller: "web", behind_ns: -5e7, n_impossible: 3, n_calls: 4 }),
  ].map((finding) => finding.text);
  expect(said).toEqual([
    "Failed first in cart SELECT items: no such table",
    "48 × cart SELECT items one after another: 3.12 s, 96 % of web GET /cart",
    "3 calls of GET /cart run one after another: up to 600 ms less at once",
    "The clock of cart is 50.0 ms ahead of web's",
  ]);
});
