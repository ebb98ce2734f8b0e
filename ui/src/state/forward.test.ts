import { expect, test } from "vitest";
import { destination } from "../test_host/memory";
import { ForwardForm } from "./forward_form.svelte";
import {
  backlogSentence,
  destinationName,
  forwardSummary,
  honeycombTrace,
  keySentence,
  ledgerTotal,
  refusedNote,
  sentSentence,
  stateSentence,
  waitingNote,
} from "./forward_words";
import { keyForm } from "./honeycomb_key";

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
    name: "",
    backlog: { bytes: null, keeps_all: false },
  });
  form.place = "other";
  expect(form.lacks).toBe("an address");
  form.otherUrl = "collector:4318";
  expect(form.lacks).toBe("an address that begins with https:// or grpcs://");
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
  expect(keySentence({ place: "file", hint: "…q7Fd", kind: "unknown", path: "/data/key" })).toBe(
    "The key lies in a file only you can read, because no keychain answered: /data/key. It ends in …q7Fd.",
  );
  expect([destinationName("https://api.honeycomb.io"), destinationName("http://10.0.8.14:4317")]).toEqual([
    "Honeycomb US",
    "10.0.8.14:4317",
  ]);
  expect(ledgerTotal(destination({ acknowledged: 5, waiting: 3, refused: 2 }))).toBe(10);
});

test("a key is told by its form as soon as it is pasted", () => {
  const end = "x".repeat(58);
  expect(keyForm(" ")).toBeUndefined();
  expect(keyForm(`hcaik_${end}`)?.says).toBe("An ingest key: it can only send.");
  expect(keyForm(`hcbic_${end}`)?.classic).toBe(true);
  expect(keyForm("0123456789abcdef0123456789abcdef")?.classic).toBe(true);
  expect(keyForm("abcdefghijklmnopqrstuv")?.says).toMatch(/^A configuration key/);
  expect(keyForm("Bearer hcamk_01hqk4k20cjeh63wca8vva5stw:70175875b5d2d47ba12f4dfab33bd6ed")?.refused).toMatch(
    /^This is a management key/,
  );
  expect(keyForm("whatever")?.classic).toBe(false);
  const form = new ForwardForm(undefined);
  form.key = "0123456789abcdef0123456789abcdef";
  expect(form.lacks).toBe("a dataset");
  form.dataset = "shop";
  expect(form.request().headers).toEqual([{ name: "x-honeycomb-dataset", value: "shop" }]);
  form.key = "hcamk_a:b";
  expect(form.lacks).toBe("a key that can only send");
});

test("the ledger's notes say what waits and what became of the refused", () => {
  const full = destination({
    waiting: 3,
    waiting_bytes: 2_048,
    waiting_age_ms: 65_000,
    refused: 7,
    lettered: 4,
    left_unsent: 3,
    left_out: 2,
  });
  expect(waitingNote(full)).toBe("oldest 1 min, 2 KiB");
  expect(waitingNote(destination({}))).toBe("nothing in the log for it");
  expect(refusedNote(full)).toBe("4 kept, 3 left before they could be sent");
  expect(ledgerTotal(full)).toBe(12);
  expect(backlogSentence({ bytes: null, keeps_all: true })).toMatch(/^Everything is kept/);
  expect(sentSentence({ acknowledged: 5, refused: 1, unsent: 0, reason: "no" })).toBe("5 acknowledged, 1 refused: no");
});

test("a trace opens in Honeycomb where the key leads there", () => {
  const place = { team: "T", environment: "Dev", datasets_url: "https://ui.honeycomb.io/t/environments/dev/datasets/" };
  expect(honeycombTrace(destination({}), "shop", "ab", 1, 2)).toBeUndefined();
  expect(honeycombTrace(destination({ place }), "My Shop", "ab", 1.5, 2.5)).toBe(
    "https://ui.honeycomb.io/t/environments/dev/datasets/my-shop/trace?trace_id=ab&trace_start_ts=1&trace_end_ts=3",
  );
});
