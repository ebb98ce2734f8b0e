import { ICONS } from "../../widgets/icons";
import { type RowsLook, type RowWords, rowWords } from "./row_words";

/**
 * A row of the waterfall, written by hand: a jump or a fold changes every row at once, and to compare what was said with
 * what is to be said costs a fraction of a framework's reactions to each word.
 */
export class SpanRow {
  readonly element: HTMLElement;
  readonly #tree: HTMLElement;
  readonly #gutter: Element;
  readonly #toggle: HTMLElement;
  readonly #square: HTMLElement;
  readonly #count: HTMLElement;
  readonly #deep: HTMLElement;
  readonly #text: HTMLElement;
  readonly #service: HTMLElement;
  readonly #name: HTMLElement;
  readonly #notes: HTMLElement;
  readonly #failed: HTMLElement;
  readonly #below: HTMLElement;
  readonly #lane: HTMLElement;
  readonly #label: HTMLElement;
  #cells: HTMLElement[] = [];
  #look: RowsLook | undefined;
  #said: Partial<RowWords> = {};
  #place: number | undefined;
  #selected = false;

  /** `id` begins the ids of all rows of a list. */
  constructor(private readonly id: string) {
    this.#gutter = svg("path");
    this.#toggle = element("span", "toggle none", chevron());
    this.#square = element("span", "square");
    this.#count = hidden("count num");
    this.#deep = hidden("note num");
    this.#service = element("span", "service");
    this.#name = element("span", "name");
    this.#notes = hidden("note");
    this.#text = element("span", "text truncate", this.#service, " ", this.#name, " ", this.#notes);
    this.#failed = hidden("error", "!");
    this.#failed.role = "img";
    this.#below = hidden("below num");
    const gutter = svg("svg", this.#gutter);
    gutter.setAttribute("class", "gutter");
    const tree = [gutter, this.#toggle, this.#square, this.#count, this.#deep, this.#text, this.#failed, this.#below];
    this.#tree = element("div", "tree", ...tree);
    this.#label = element("span", "label num");
    this.#lane = element("div", "lane", this.#label);
    this.#tree.role = this.#lane.role = "gridcell";
    this.element = element("div", "span-row", this.#tree, this.#lane);
    this.element.role = "row";
    this.element.hidden = true;
    this.element.setAttribute("aria-selected", "false");
  }

  /** Shows line `at`. */
  show(look: RowsLook, at: number, selected: boolean): void {
    const place = look.lines.head.first + at;
    if (look === this.#look && place === this.#place && selected === this.#selected) return;
    const words = rowWords(look, at);
    const row = this.element;
    const said = this.#said;
    if (place !== this.#place) {
      row.hidden = false;
      row.id = `${this.id}-${place}`;
      row.dataset["place"] = String(place);
      row.setAttribute("aria-rowindex", String(place + 2));
    }
    if (selected !== this.#selected) {
      row.classList.toggle("selected", selected);
      row.setAttribute("aria-selected", String(selected));
    }
    if (words.level !== said.level) row.setAttribute("aria-level", String(words.level));
    if (words.expanded !== said.expanded) {
      if (words.expanded === undefined) row.removeAttribute("aria-expanded");
      else row.setAttribute("aria-expanded", words.expanded);
      this.#toggle.className = `toggle ${words.expanded === undefined ? "none" : words.expanded === "true" ? "" : "folded"}`;
    }
    if (words.indent !== said.indent) this.#tree.style.paddingLeft = words.indent;
    if (words.gutter !== said.gutter) this.#gutter.setAttribute("d", words.gutter);
    if (words.color !== said.color) this.#square.style.background = words.color;
    if (words.service !== said.service) this.#service.textContent = words.service;
    if (words.name !== said.name) this.#name.textContent = words.name;
    if (words.found !== said.found) this.#name.classList.toggle("found", words.found);
    if (words.title !== said.title) this.#text.title = words.title;
    write(this.#count, words.count, said.count);
    write(this.#deep, words.deep, said.deep);
    write(this.#notes, words.notes, said.notes);
    write(this.#below, words.below, said.below);
    if (words.belowFailed !== said.belowFailed) this.#below.classList.toggle("bad", words.belowFailed);
    if (words.failed !== said.failed) {
      this.#failed.hidden = words.failed === "";
      this.#failed.setAttribute("aria-label", words.failed);
    }
    if (words.origin !== said.origin) this.#failed.classList.toggle("origin", words.origin);
    if (words.label !== said.label) this.#label.textContent = words.label;
    if (words.labelClass !== said.labelClass) this.#label.className = `label num ${words.labelClass}`;
    if (words.left !== said.left) this.#label.style.left = words.left;
    if (words.right !== said.right) this.#label.style.right = words.right;
    this.#showCells(look, at);
    this.#look = look;
    this.#said = words;
    this.#place = place;
    this.#selected = selected;
  }

  /** There is no line for the row. */
  clear(): void {
    if (this.#place === undefined) return;
    this.#place = undefined;
    this.element.hidden = true;
    this.element.removeAttribute("id");
    delete this.element.dataset["place"];
  }

  #showCells({ lines, n_cells }: RowsLook, at: number): void {
    while (this.#cells.length > n_cells) this.#cells.pop()?.remove();
    for (let nth = 0; nth < n_cells; nth += 1) {
      const text = lines.has(at, "group") ? "" : (lines.cell(nth, at) ?? "");
      let cell = this.#cells[nth];
      if (!cell) {
        cell = element("div", "cell truncate");
        cell.role = "gridcell";
        this.#lane.before(cell);
        this.#cells[nth] = cell;
      }
      if (cell.textContent === text) continue;
      cell.textContent = text;
      cell.title = text;
    }
  }
}

function write(element: HTMLElement, text: string, before: string | undefined): void {
  if (text === before) return;
  element.textContent = text;
  element.hidden = text === "";
}

function element(tag: "div" | "span", className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function hidden(className: string, text = ""): HTMLElement {
  const made = element("span", className, text);
  made.hidden = true;
  return made;
}

function svg(tag: "svg" | "path", ...children: readonly Node[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  if (tag === "svg") made.setAttribute("aria-hidden", "true");
  made.append(...children);
  return made;
}

function chevron(): SVGElement {
  const path = svg("path");
  path.setAttribute("d", ICONS.chevron);
  const icon = svg("svg", path);
  icon.setAttribute("viewBox", "0 0 16 16");
  return icon;
}
