// Stands in for the parts of a desktop that Skep talks to over the session's bus: the place for icons (StatusNotifierItem,
// with its menu after com.canonical.dbusmenu) and the notifications. A display by itself has neither.
import { Bus } from "./bus.mjs";
import { until } from "./webdriver.mjs";

const WATCHER = "org.kde.StatusNotifierWatcher";
const ITEM = "org.kde.StatusNotifierItem";
const MENU = "com.canonical.dbusmenu";
const NOTIFICATIONS = "org.freedesktop.Notifications";

export class Desktop {
  /** Titles of what was notified of, the first first. */
  notified = [];
  #bus;
  #items = [];

  static async open() {
    const desktop = new Desktop();
    const bus = await Bus.open();
    desktop.#bus = bus;
    bus.answer(WATCHER, "RegisterStatusNotifierItem", ([path], sender) => void desktop.#items.push({ path, sender }));
    const watcher = { IsStatusNotifierHostRegistered: ["b", true], ProtocolVersion: ["i", 0], RegisteredStatusNotifierItems: ["as", []] };
    bus.answer("org.freedesktop.DBus.Properties", "GetAll", () => ["a{sv}", Object.entries(watcher)]);
    bus.answer("org.freedesktop.DBus.Properties", "Get", ([, name]) => ["v", watcher[name]]);
    bus.answer(NOTIFICATIONS, "GetCapabilities", () => ["as", ["body"]]);
    bus.answer(NOTIFICATIONS, "GetServerInformation", () => ["s", "stand-in"]);
    bus.answer(NOTIFICATIONS, "Notify", ([, , , title]) => {
      desktop.notified.push(title);
      return ["u", desktop.notified.length];
    });
    await bus.own(WATCHER);
    await bus.own(NOTIFICATIONS);
    return desktop;
  }

  /** The icon that was put there last, once there is one more than `n_before`. */
  async icon(n_before = 0) {
    const item = await until("an icon", () => (this.#items.length > n_before ? this.#items.at(-1) : undefined));
    const path = await this.#bus.property(item.sender, item.path, ITEM, "Menu");
    return new Icon(this.#bus, item, path);
  }

  get n_icons() {
    return this.#items.length;
  }

  close() {
    this.#bus.close();
  }
}

class Icon {
  #bus;
  #item;
  #menu;

  constructor(bus, item, menu) {
    this.#bus = bus;
    this.#item = item;
    this.#menu = menu;
  }

  /** Active, or passive: put away. */
  status() {
    return this.#bus.property(this.#item.sender, this.#item.path, ITEM, "Status");
  }

  /** The lines of its menu. */
  async lines() {
    const [, [, , lines]] = await this.#bus.call(this.#item.sender, this.#menu, MENU, "GetLayout", "iias", [0, -1, []]);
    return lines.map(([id, properties]) => ({
      id,
      label: properties.label ?? "",
      is_checked: properties["toggle-state"] === 1,
    }));
  }

  /** Waits for a line whose words match. */
  line(words) {
    return until(`${words} in the menu`, async () => (await this.lines()).find(({ label }) => words.test(label)));
  }

  async click(words) {
    const { id } = await this.line(words);
    await this.#bus.call(this.#item.sender, this.#menu, MENU, "Event", "isvu", [id, "clicked", ["i", 0], 0]);
  }
}
