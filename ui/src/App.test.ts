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
  const system = { matches: false, addEventListener: () => undefined };
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

test("the theme is kept", async () => {
  open("#/traces");
  await fireEvent.keyDown(document.body, { key: "T" });
  expect([document.documentElement.dataset["theme"], localStorage.getItem("skep.theme")]).toEqual(["dark", "dark"]);
});
