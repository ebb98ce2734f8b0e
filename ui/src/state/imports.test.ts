// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import AppView from "../App.svelte";
import { exploreRoute } from "../base/route";
import "../test_host/dom";
import { MemoryHost, traceRow } from "../test_host/memory";
import { App } from "./app.svelte";
import { ThemeState } from "./theme.svelte";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
  host.receive(traceRow(1));
  history.replaceState(undefined, "", "#/connect");
});
afterEach(cleanup);

async function open() {
  const no = { matches: false, addEventListener: () => undefined };
  const system = { dark: no, contrast: no };
  const app = new App(host, window, new ThemeState(localStorage, document.documentElement, system));
  render(AppView, { app });
  await screen.findByText("Skep is listening. Point a service at it.");
  return app;
}

const file = (name: string, text: string) => new File([text], name);
const panel = async () => within(await screen.findByRole("region", { name: "Imports" }));

test("files are handed over one after the other, and what became of them is told", async () => {
  const { imports } = await open();
  imports.files([file("a.json", "AAAA"), file("b.json", "BB")]);
  const list = await panel();
  await waitFor(() => expect([...host.uploads]).toEqual([[1, "AAAA"], [2, "BB"]])); // prettier-ignore
  host.importIs(1, { bytes_read: 2 });
  await list.findByText("2 B of 4 B");
  expect(list.getByRole("progressbar", { name: "Bytes read of a.json" }).getAttribute("aria-valuenow")).toBe("50");
  screen.getByText("Importing, 33 %");
  const counts = { received: 9, stored: 5, duplicate: 1, rejected: 3, repaired: 2, unreadable: 1 };
  const times = { first_ns: "1700000000000000000", last_ns: "1700000000000000009" };
  host.importIs(1, { state: "done", ...counts, ...times, error: "a JSON value breaks off", reasons: ["no span id"] });
  host.importIs(2, { state: "failed", error: "neither OTLP nor traces of Jaeger or Zipkin" });
  await list.findByText("1 file of 2 not imported, or not to the end");
  list.getByText("5 events stored, 1 there before, 3 rejected, 2 repaired, 1 stretch unreadable");
  for (const why of ["a JSON value breaks off", "no span id", "neither OTLP nor traces of Jaeger or Zipkin"]) {
    list.getByText(why);
  }
  screen.getByText("1 import failed");
  const show = list.getByRole("link", { name: "Show a.json" });
  expect(show.getAttribute("href")).toBe("#/traces?t=1700000000000000000-1700000000000000010");
  await fireEvent.click(list.getByRole("button", { name: "Clear" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Imports" })).toBeNull());
});

test("a file is stopped where Skep reads it, one that waits is taken back, and one that cannot be read says so", async () => {
  const { imports } = await open();
  let isDone: () => void = () => undefined;
  let stop: AbortSignal | undefined;
  host.upload = (_, __, signal) => {
    stop = signal;
    return new Promise((resolve) => (isDone = resolve));
  };
  const folder = file("folder", "");
  folder.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("it is a folder")) }) as unknown as Blob;
  imports.files([file("a.json", "AAAA"), file("b.json", "BB"), folder]);
  const list = await panel();
  await fireEvent.click(await list.findByRole("button", { name: "Stop b.json" }));
  await fireEvent.click(list.getByRole("button", { name: "Stop a.json" }));
  await list.findByText("stopped");
  await waitFor(() => expect(stop?.aborted).toBe(true));
  isDone();
  await list.findByText(/it cannot be read: if it is a folder/);
  expect(host.calls.filter((call) => call.name === "import_begin").length).toBe(1);
  expect(imports.isBusy).toBe(false);
});

test("what ended before the page was opened stays in the status bar", async () => {
  await host.call("import_begin", { name: "a.json", bytes: 4 });
  host.importIs(1, { state: "done" });
  const { imports } = await open();
  await screen.findByText("1 file imported");
  expect(imports.isOpen).toBe(false);
  await fireEvent.click(screen.getByText("1 file imported"));
  await panel();
});

test("files held over the page are announced; a shell's refusal is shown", async () => {
  await open();
  host.dragging?.over(true);
  await screen.findByText("Drop to import");
  host.dragging?.over(false);
  await waitFor(() => expect(screen.queryByText("Drop to import")).toBeNull());
  host.dragging?.refused("100 files are waiting already");
  (await panel()).getByText("100 files are waiting already");
});

test("an export says where it lies, or why it is not there", async () => {
  const { router } = await open();
  const counts = { rows_examined: 7, rows_matched: 7, groups: 1, elapsed_ms: 1 };
  host.answer("query", () => ({ columns: ["COUNT"], approximate: [null], rows: [[7]], ...counts }));
  router.push(
    exploreRoute({
      where: "error",
      range: { kind: "all" },
      box: { field: "duration_ms", start_ns: "5", end_ns: "9", min: 1, max: 2 },
    }),
  );
  await fireEvent.click(await screen.findByRole("button", { name: "Export what is picked" }));
  await fireEvent.click(screen.getByRole("button", { name: /^CSV/ }));
  await screen.findByText("/downloads/skep-export.csv");
  const filter = "error AND duration_ms >= 1 AND duration_ms < 2";
  expect(host.saved).toEqual([{ filter, start_ns: "5", end_ns: "9", format: "csv" }]);
  host.save = () => Promise.reject(Object.assign(new Error(), { code: "internal", message: "cannot write" }));
  await fireEvent.click(screen.getByRole("button", { name: /^Parquet/ }));
  await screen.findByText(/cannot write/);
});
