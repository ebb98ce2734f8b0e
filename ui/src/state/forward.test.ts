import { expect, test } from "vitest";
import { destination } from "../test_host/memory";
import { ForwardForm } from "./forward_form.svelte";
import { destinationName, forwardSummary, keySentence, ledgerTotal, stateSentence } from "./forward_words";

test("a new destination needs an address, and Honeycomb a key", () => {
  const form = new ForwardForm(undefined);
  expect(form.lacks).toBe("an API key");
  form.key = " hc-key ";
  expect(form.lacks).toBeUndefined();
  expect(form.request()).toEqual({
    id: null,
    url: "https://api.honeycomb.io",
    enabled: true,
    key: "hc-key",
    headers: null,
  });
  form.place = "other";
  expect(form.lacks).toBe("an address");
  form.otherUrl = "collector:4318";
  expect(form.lacks).toBe("an address that begins with http:// or https://");
});

test("what is set and not typed again is kept; what is removed is emptied", () => {
  const form = new ForwardForm(destination({ id: "d7", url: "https://api.eu1.honeycomb.io/", header_names: ["x-a"] }));
  expect([form.place, form.request()]).toMatchObject(["eu", { id: "d7", key: null, headers: null }]);
  form.removeKey = true;
  form.addHeader();
  expect(form.request()).toMatchObject({ key: "", headers: [] });
});

test("all destinations in one line: the worst shape, the sums of those that are on", () => {
  expect(forwardSummary([])).toMatchObject({ shape: "hollow", text: "Forwarding off" });
  const on = destination({ waiting: 5, refused: 1 });
  const off = destination({ id: "d1", enabled: false, state: "off", waiting: 9 });
  const troubled = destination({ id: "d2", state: "retrying", waiting: 7 });
  expect(forwardSummary([on, off])).toEqual({ shape: "dot", text: "Forwarding to 1", waiting: 5, refused: 1 });
  expect(forwardSummary([on, troubled])).toMatchObject({ shape: "ring", text: "Forwarding to 2, 1 not reached" });
});

test("states, keys and names are plain words", () => {
  expect(stateSentence(destination({ state: "retrying", retry_in_ms: 7400, detail: "connection refused" }))).toBe(
    "Trying again in 8.00 s: connection refused",
  );
  expect(keySentence({ place: "file", hint: "…q7Fd", path: "/data/key" })).toBe(
    "The key lies in a file only you can read, because no keychain answered: /data/key. It ends in …q7Fd.",
  );
  expect([destinationName("https://api.honeycomb.io"), destinationName("http://10.0.8.14:4317")]).toEqual([
    "Honeycomb US",
    "10.0.8.14:4317",
  ]);
  expect(ledgerTotal(destination({ acknowledged: 5, waiting: 3, refused: 2 }))).toBe(10);
});
