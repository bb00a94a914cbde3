import { visible } from "../../../util/visible.ts";
import { eachFrame, h } from "./dom.ts";
import type { Row } from "./row.ts";

/** The height of a line, as the style has it. */
const LINE = 24;

/** Above and below what is seen. */
const MARGIN = 10;

const ARROWS: Readonly<Record<string, string>> = { out: "→", in: "←", err: "!", note: "·" };

/** A long list, of which only what is seen is drawn. */
export class RowList {
  readonly #box: HTMLElement;
  readonly #space: HTMLElement;
  readonly #select: (row: Row) => void;
  readonly #lines: HTMLElement[] = [];
  #rows: readonly Row[] = [];
  #count = 0;
  #selected: Row | null = null;
  #startedAt = 0;
  #top = 0;
  /** Whether the end is followed. */
  follows = true;
  readonly draw: () => void = eachFrame(() => this.#draw());

  constructor(box: HTMLElement, select: (row: Row) => void) {
    this.#box = box;
    this.#select = select;
    this.#space = h("div", { class: "space" });
    box.append(this.#space);
    box.addEventListener("scroll", () => {
      // Who scrolls up wants to read; that the list grew under one's hands is no scrolling.
      if (box.scrollTop < this.#top) this.follows = false;
      else if (box.scrollTop + box.clientHeight >= this.#count * LINE - LINE) this.follows = true;
      this.#top = box.scrollTop;
      this.draw();
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#move(step);
    });
    new ResizeObserver(this.draw).observe(box);
  }

  /** Shows the first `count` of these. */
  show(rows: readonly Row[], count: number, startedAt: number): void {
    this.#rows = rows;
    this.#count = count;
    this.#startedAt = startedAt;
    this.draw();
  }

  /** Marks a row, and brings it into view. */
  select(row: Row | null, scroll = false): void {
    this.#selected = row;
    if (row !== null && scroll) {
      const at = this.#rows.indexOf(row);
      if (at !== -1) this.#reveal(at);
    }
    this.draw();
  }

  #move(step: number): void {
    const at = this.#selected === null ? -1 : this.#rows.indexOf(this.#selected);
    const next = Math.max(0, Math.min(this.#count - 1, at + step));
    const row = this.#rows[next];
    if (row === undefined) return;
    this.#reveal(next);
    this.#select(row);
  }

  #reveal(at: number): void {
    const { scrollTop, clientHeight } = this.#box;
    if (at * LINE < scrollTop) this.#box.scrollTop = at * LINE;
    else if ((at + 1) * LINE > scrollTop + clientHeight) this.#box.scrollTop = (at + 1) * LINE - clientHeight;
  }

  #draw(): void {
    this.#space.style.height = `${this.#count * LINE}px`;
    if (this.follows) this.#box.scrollTop = this.#count * LINE;
    this.#top = this.#box.scrollTop;
    const from = Math.max(0, Math.floor(this.#box.scrollTop / LINE) - MARGIN);
    const to = Math.min(this.#count, Math.ceil((this.#box.scrollTop + this.#box.clientHeight) / LINE) + MARGIN);
    while (this.#lines.length < to - from) this.#lines.push(this.#line());
    for (const line of this.#lines.splice(Math.max(to - from, 0))) line.remove();
    for (let at = from; at < to; at++) this.#fill(this.#lines[at - from]!, this.#rows[at]!, this.#rows[at - 1], at);
  }

  #line(): HTMLElement {
    const cells = ["time", "gap", "way", "method", "took", "summary"].map((name) => h("span", { class: name }));
    const line = h("div", { attributes: { role: "row" } }, ...cells);
    line.addEventListener("click", () => {
      const row = this.#rows[Number(line.dataset["at"])];
      if (row !== undefined) this.#select(row);
    });
    this.#space.append(line);
    return line;
  }

  #fill(line: HTMLElement, row: Row, before: Row | undefined, at: number): void {
    const { event, kind, method, summary, turn } = row;
    line.dataset["at"] = String(at);
    line.style.transform = `translateY(${at * LINE}px)`;
    line.className = `line ${kind}${row === this.#selected ? " selected" : ""}${
      this.#selected !== null && row === this.#selected.pair ? " paired" : ""
    }`;
    line.style.setProperty("--hue", turn === null ? "" : String(hue(turn)));
    line.classList.toggle("of-turn", turn !== null);
    const texts = [
      seconds(event.t - this.#startedAt),
      before === undefined ? "" : `+${span(event.t - before.event.t)}`,
      ARROWS[event.d] ?? "",
      visible(method),
      tookOf(row),
      visible(summary).replaceAll("\n", "⏎"),
    ];
    for (const [index, text] of texts.entries()) {
      const cell = line.children[index]!;
      if (cell.textContent !== text) cell.textContent = text;
    }
  }
}

/** How long an answer took, or has taken so far. */
function tookOf({ kind, pair, event }: Row): string {
  if (pair === null) return kind === "request" || kind === "question" ? "…" : "";
  return span(Math.abs(event.t - pair.event.t));
}

/** The same colour for the same id. */
export function hue(id: string): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.codePointAt(0)!) >>> 0;
  return hash % 360;
}

/** `1.234` */
export function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** `12 ms`, `3.4 s`, `2 min`. */
export function span(milliseconds: number): string {
  if (milliseconds < 0.95) return `${Math.max(0, milliseconds).toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${(milliseconds / 60_000).toFixed(1)} min`;
}
