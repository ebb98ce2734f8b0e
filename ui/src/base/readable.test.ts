import { expect, test } from "vitest";
import { readable, readableAs } from "./readable";

const lines = (key: string, text: string) =>
  readable(readableAs(key, text), text).map((line) => line.map((piece) => piece.text).join(""));

test("a statement stands by its clauses, and its strings stay whole", () => {
  const sql =
    "select a, count(*) from t left join u on u.id = t.id where x = 'from  here' and (y in (1, 2) or z) order by a";
  expect(lines("db.statement", sql)).toEqual([
    "select a, count(*)",
    "from t",
    "  left join u on u.id = t.id",
    "where x = 'from  here'",
    "  and (y in (1, 2) or z)",
    "order by a",
  ]);
  const kinds = readable("sql", "WHERE x = 'a' LIMIT 5")
    .flat()
    .map((piece) => `${piece.text.trim()}:${piece.kind}`);
  expect(kinds).toEqual(["WHERE:word", "x =:plain", "'a':string", "LIMIT:word", ":plain", "5:number"]);
});

test("JSON has its shape, unless its digits would change", () => {
  expect(lines("http.body", '{"a":[1,true]}')).toEqual(["{", '  "a": [', "    1,", "    true", "  ]", "}"]);
  expect(readableAs("id", '{"id":12345678901234567890}')).toBe("text");
  expect(readableAs("note", "{not json")).toBe("text");
});

test("frames of libraries are quiet", () => {
  const stack = 'Traceback:\n  File "/app/cart.py", line 3\n  File "/usr/lib/python3/site-packages/x.py", line 9';
  expect(readableAs("exception.stacktrace", stack)).toBe("stack");
  expect(readable("stack", stack).map((line) => line[0]?.kind)).toEqual(["plain", "plain", "quiet"]);
});
