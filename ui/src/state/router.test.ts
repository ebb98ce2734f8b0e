import { expect, test } from "vitest";
import { forwardRoute, tracesRoute } from "../base/route";
import { Router } from "./router.svelte";

/** A window's address and history, with a back that works. */
class MemoryWindow {
  readonly entries: string[];
  readonly #listeners: (() => void)[] = [];

  constructor(hash: string) {
    this.entries = [hash];
  }

  get location() {
    return { hash: this.entries.at(-1) ?? "" };
  }

  readonly history = {
    pushState: (_: unknown, __: string, url?: string | URL | null) => void this.entries.push(String(url)),
    replaceState: (_: unknown, __: string, url?: string | URL | null) => void this.entries.splice(-1, 1, String(url)),
    back: () => {
      this.entries.pop();
      for (const listener of this.#listeners) listener();
    },
  };

  addEventListener(_: string, on: () => void) {
    this.#listeners.push(on);
  }
}

test("the address chooses the first page, or leaves the choice", () => {
  expect(new Router(new MemoryWindow("#/forward"), tracesRoute())).toMatchObject({
    chosen: true,
    route: { page: "forward" },
  });
  expect(new Router(new MemoryWindow(""), tracesRoute())).toMatchObject({ chosen: false, route: { page: "traces" } });
});

test("a push is a step that back undoes, a replace is not", () => {
  const host = new MemoryWindow("#/traces");
  const router = new Router(host, tracesRoute());
  router.push(tracesRoute({ filter: "error" }));
  router.replace(tracesRoute({ filter: "error AND x" }));
  expect(host.entries).toEqual(["#/traces", "#/traces?q=error+AND+x"]);
  router.back();
  expect(router.route).toEqual(tracesRoute());
});

test("the same view is not pushed twice", () => {
  const host = new MemoryWindow("#/forward");
  const router = new Router(host, tracesRoute());
  router.push(forwardRoute());
  expect(host.entries.length).toBe(1);
});
