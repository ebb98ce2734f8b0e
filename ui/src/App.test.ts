// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import AppView from "./App.svelte";
import { App } from "./state/app.svelte";
import { ThemeState } from "./state/theme.svelte";
import "./test_host/dom";
import { MemoryHost, traceRow } from "./test_host/memory";
import { answerTrace } from "./test_host/trace";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
  history.replaceState(undefined, "", "#");
  localStorage.clear();
});
afterEach(cleanup);

function open(hash = "") {
  history.replaceState(undefined, "", hash === "" ? "#" : hash);
  const no = { matches: false, addEventListener: () => undefined };
  const system = { dark: no, contrast: no };
  const app = new App(host, window, new ThemeState(localStorage, document.documentElement, system));
  render(AppView, { app });
  return app;
}

test("an empty house opens at Connect with the real ports, and leaves at the first trace", async () => {
  open();
  await screen.findByText("Skep is listening. Point a service at it.");
  expect(screen.getAllByText("http://127.0.0.1:4320").length).toBeGreaterThan(1);
  screen.getByText(/Port 4318 is taken/);
  host.receive(traceRow(1));
  await screen.findByRole("grid", { name: "Traces" });
  expect(location.hash).toBe("#/traces");
});

test("who comes to Connect with traces stored is not taken away", async () => {
  host.receive(traceRow(1));
  open("#/connect");
  await screen.findByText("Skep is listening. Point a service at it.");
  host.receive(traceRow(2));
  await waitFor(() => expect(screen.getByText("6 spans")).toBeTruthy());
  expect(location.hash).toBe("#/connect");
});

test("a filter that cannot be read is underlined and explained in place", async () => {
  host.receive(traceRow(1));
  host.answer("traces", () => {
    throw Object.assign(new Error("== is no operator"), { code: "syntax", span: [2, 2] });
  });
  open("#/traces?q=a+%3D%3D+1");
  await screen.findByText("== is no operator");
  const input = screen.getByRole<HTMLInputElement>("combobox", { name: "Filter" });
  expect([input.value, input.getAttribute("aria-invalid")]).toEqual(["a == 1", "true"]);
  expect(document.querySelector("mark")?.textContent).toBe("==");
});

test("nothing matches: it says why, and one press helps", async () => {
  host.receive(traceRow(1));
  open("#/traces?q=nowhere");
  await screen.findByText(/No trace matches\. 1 filter is on/);
  // The chip's cross and the button below say the same: either helps.
  const [, below] = screen.getAllByRole("button", { name: "Remove nowhere" });
  await fireEvent.click(below as HTMLElement);
  await screen.findByRole("link", { name: "00000000" });
});

test("keys pick a trace and open it; the detail's text is text", async () => {
  host.receive(traceRow(1, { root_name: "<b>bold</b>" }));
  answerTrace(host, [{ name: "<img src=x>", level: 0, start: 0, duration: 10 }]);
  open("#/traces");
  await screen.findByRole("link", { name: "00000000" });
  await fireEvent.keyDown(document.body, { key: "j" });
  await fireEvent.keyDown(document.body, { key: "Enter" });
  await screen.findByRole("treegrid");
  expect(location.hash).toMatch(/^#\/trace\/0+1$/);
  expect(document.querySelector("img, main b b")).toBeNull();
  expect(screen.getAllByText("<img src=x>").length).toBeGreaterThan(0);
});

test("a lost line is said, and what is shown stays", async () => {
  host.receive(traceRow(1));
  open("#/traces");
  await screen.findByRole("link", { name: "00000000" });
  host.lose();
  await screen.findByText(/Connection to Skep lost, trying again/);
  screen.getByRole("link", { name: "00000000" });
  host.push();
  await waitFor(() => expect(screen.queryByText(/Connection to Skep lost/)).toBeNull());
});

test("a destination is added: nothing leaves before, it is listed after", async () => {
  open("#/forward");
  await screen.findByText(/Nothing leaves this machine until a destination is turned on/);
  await fireEvent.keyDown(document.body, { key: "a" });
  const add = await screen.findByRole<HTMLButtonElement>("button", { name: "Add" });
  expect(add.disabled).toBe(true);
  screen.getByText("It lacks an API key.");
  await fireEvent.input(document.querySelector("input[type=password]") as HTMLInputElement, { target: { value: "k" } });
  await fireEvent.submit(screen.getByRole("form"));
  await screen.findByRole("heading", { name: /Honeycomb US/ });
  expect(host.calls.find((call) => call.name === "forward_save")?.request).toMatchObject({ key: "k", enabled: true });
});

test("a refused query says so below its clauses", async () => {
  host.receive(traceRow(1));
  host.answer("query", () => {
    throw Object.assign(new Error("COUN is no aggregate"), { code: "syntax", span: [7, 4] });
  });
  open("#/explore?select=COUN");
  await screen.findByText("COUN is no aggregate");
  expect([...document.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["COUN"]);
});

test("the theme is kept, here for the next first picture and in the settings", async () => {
  open("#/traces");
  await fireEvent.keyDown(document.body, { key: "T" });
  await waitFor(() => expect(host.settings.find((one) => one.key === "appearance.theme")?.value).toBe("dark"));
  expect([document.documentElement.dataset["theme"], localStorage.getItem("skep.theme")]).toEqual(["dark", "dark"]);
});

test("the palette does what it says, and says why it does not", async () => {
  host.receive(traceRow(1));
  open("#/traces");
  await screen.findByRole("link", { name: "00000000" });
  await fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const field = await screen.findByRole("combobox", { name: "Command" });
  await fireEvent.input(field, { target: { value: "imports" } });
  const off = screen.getByRole("option", { name: /show imports/ });
  expect([off.getAttribute("aria-disabled"), off.textContent]).toEqual([
    "true",
    expect.stringContaining("no file was imported"),
  ]);
  await fireEvent.input(field, { target: { value: "pause receiving" } });
  await fireEvent.keyDown(field, { key: "Enter" });
  await screen.findByText("Receiving is paused");
  await fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const again = await screen.findByRole("combobox", { name: "Command" });
  await fireEvent.input(again, { target: { value: "0".repeat(31) + "1" } });
  answerTrace(host, [{ name: "GET /", level: 0, start: 0, duration: 10 }]);
  await fireEvent.keyDown(again, { key: "Enter" });
  expect(location.hash).toMatch(/^#\/trace\/0+1$/);
});

test("a setting is saved, refused with a sentence at its field, and as usual again", async () => {
  open("#/settings");
  const size = await screen.findByRole<HTMLInputElement>("textbox", { name: "Size at most" });
  await fireEvent.change(size, { target: { value: "3GiB" } });
  await waitFor(() => expect(host.settings[0]).toMatchObject({ value: "3GiB", said: true }));
  host.answer("settings_save", () => {
    throw Object.assign(new Error('"big" is not a size'), { code: "bad_request" });
  });
  await fireEvent.change(size, { target: { value: "big" } });
  expect((await screen.findByRole("alert")).textContent).toContain('"big" is not a size');
  expect(size.getAttribute("aria-invalid")).toBe("true");
  // What only a window does says so in a browser.
  expect(screen.getByRole<HTMLButtonElement>("switch", { name: "The disk is nearly full" }).disabled).toBe(true);
});

test("the status page adds up, and its report is there to copy", async () => {
  host.receive(traceRow(1));
  open("#/status");
  await screen.findByRole("heading", { name: "Events since the store began" });
  await screen.findByRole("button", { name: "Copy report" });
  expect(screen.queryByText(/do not add up/)).toBeNull();
  await fireEvent.click(screen.getByRole("button", { name: "Pause" }));
  await screen.findByText(/Paused\. Senders are told to try again/);
});

test("a link from outside leads to its page, also before anything else is known", async () => {
  let lead: (hash: string) => void = () => undefined;
  host.shell = {
    opened: (on) => {
      lead = on;
      return () => undefined;
    },
    recent: () => Promise.resolve([]),
    openRecent: () => Promise.resolve(),
  };
  answerTrace(host, [{ name: "GET /", level: 0, start: 0, duration: 10 }]);
  const app = open();
  lead(`#/trace/${"0".repeat(31)}1?span=00f067aa0ba902b7`);
  await screen.findByRole("treegrid");
  expect(app.router.route).toMatchObject({ page: "trace", span: { id: "00f067aa0ba902b7" } });
  lead("#/nowhere?x=1");
  expect(app.router.route.page).toBe("trace");
});
