// Just enough of the W3C WebDriver protocol to drive the real window through WebKitWebDriver.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Any call that takes longer has gone wrong: some renderer settings make a screenshot hang for ever. */
const CALL_MS = 60_000;
const PATIENCE_MS = 60_000;
const POLL_MS = 100;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** One window under automation. */
export class Window {
  #driver;
  #base;
  #session;
  /** When the program was asked for, and whose child it is. */
  asked_ms;
  driver_pid;

  /** Starts the program below a driver of its own, which other words may start: `under` stands before it. */
  static async open(binary, env, under = [], args = []) {
    const window = new Window();
    const port = await freePort();
    // Without this variable in the driver's environment a session never begins. A process group of its own, and no
    // inherited pipes: what stays behind could otherwise hold the test open.
    const [program, ...words] = [...under, "WebKitWebDriver", `--port=${port}`];
    window.#driver = spawn(program, words, {
      env: { ...process.env, ...env, TAURI_WEBVIEW_AUTOMATION: "true", NO_AT_BRIDGE: "1" },
      detached: true,
      stdio: "ignore",
    });
    try {
      window.#base = `http://127.0.0.1:${port}`;
      await until("the driver", () => window.#call("GET", "/status").catch(() => undefined));
      const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args } } };
      window.asked_ms = performance.now();
      window.driver_pid = window.#driver.pid;
      window.#session = (await window.#call("POST", "/session", { capabilities })).sessionId;
    } catch (error) {
      // Or it would stay, and hold the test open.
      process.kill(-window.#driver.pid, "SIGKILL");
      throw error;
    }
    return window;
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  #ask(method, path, body) {
    return this.#call(method, `/session/${this.#session}${path}`, body);
  }

  /** Runs a function's body in the page. */
  execute(script, ...args) {
    return this.#ask("POST", "/execute/sync", { script, args });
  }

  /** Runs a body that ends by calling its last argument. */
  executeAsync(script, ...args) {
    return this.#ask("POST", "/execute/async", { script, args });
  }

  /** Waits for an element, for one of that text where it is said, and clicks it. */
  async click(css, text) {
    const script = `return [...document.querySelectorAll(arguments[0])]
      .find((one) => arguments[1] === null || one.innerText.trim() === arguments[1])`;
    const element = await until(`${css} ${text ?? ""}`, async () => (await this.execute(script, css, text ?? null)) ?? undefined);
    await this.#ask("POST", `/element/${element[ELEMENT]}/click`, {});
  }

  /** Presses one key. */
  async press(key) {
    const actions = [{ type: "key", id: "keys", actions: [{ type: "keyDown", value: key }, { type: "keyUp", value: key }] }];
    await this.#ask("POST", "/actions", { actions });
  }

  /** Presses one key while another is held. */
  async chord(held, key) {
    const keys = [["keyDown", held], ["keyDown", key], ["keyUp", key], ["keyUp", held]];
    const actions = [{ type: "key", id: "keys", actions: keys.map(([type, value]) => ({ type, value })) }];
    await this.#ask("POST", "/actions", { actions });
  }

  /** Presses the keys of a text, one after the other. */
  async type(text) {
    for (const key of text) await this.press(key);
  }

  /** Presses the pointer at one place of the page, moves it to another and lets it go. */
  async drag(from, to) {
    const move = ([x, y], duration) => ({ type: "pointerMove", origin: "viewport", x: Math.round(x), y: Math.round(y), duration });
    const [down, up] = ["pointerDown", "pointerUp"].map((type) => ({ type, button: 0 }));
    const actions = [move(from, 0), down, move(to, 200), up];
    await this.#ask("POST", "/actions", { actions: [{ type: "pointer", id: "pointer", actions }] });
  }

  /** One step back, as the window's history has it. */
  back() {
    return this.#ask("POST", "/back", {});
  }

  /** The texts of all elements that match, once there are at least `n_min`. */
  texts(css, n_min = 1) {
    const script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)";
    return until(`${n_min} of ${css}`, async () => {
      const texts = await this.execute(script, css);
      return texts.length >= n_min ? texts : undefined;
    });
  }

  /** Sets the window's place and size, or asks for them. */
  rect(rect) {
    return rect === undefined ? this.#ask("GET", "/window/rect") : this.#ask("POST", "/window/rect", rect);
  }

  /** A picture of the page, as PNG bytes. */
  async screenshot() {
    return Buffer.from(await this.#ask("GET", "/screenshot"), "base64");
  }

  /** Ends the session, and with it the program; then the driver. */
  async close() {
    if (this.#session !== undefined) await this.#ask("DELETE", "").catch(() => undefined);
    process.kill(-this.#driver.pid, "SIGKILL");
  }
}

/** Asks until there is an answer. */
export async function until(what, ask) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not in ${PATIENCE_MS / 1000} s`);
    await pause(POLL_MS);
  }
}
