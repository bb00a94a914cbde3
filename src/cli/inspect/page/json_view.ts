import { visible } from "../../../util/visible.ts";
import { button, h } from "./dom.ts";

/** Of a text so many characters are shown at first, and of a list so many entries. */
const TEXT = 600;
const ENTRIES = 100;

/** A value of JSON as a tree. What is closed is not drawn. */
export function jsonView(value: unknown, open = 2): HTMLElement {
  const view = h("div", { class: "json" });
  view.append(node(null, value, open));
  return view;
}

function node(name: string | null, value: unknown, open: number): HTMLElement {
  const label = name === null ? null : h("span", { class: "key" }, `${visible(name)}: `);
  if (typeof value !== "object" || value === null) return h("div", { class: "leaf" }, label, scalar(value));
  const entries = Array.isArray(value) ? value.map((entry, at) => [String(at), entry] as const) : Object.entries(value);
  if (entries.length === 0) return h("div", { class: "leaf" }, label, Array.isArray(value) ? "[]" : "{}");
  const details = h("details");
  const size = Array.isArray(value) ? `[${entries.length}]` : peek(entries);
  details.append(h("summary", {}, label, h("span", { class: "size" }, size)));
  const fill = () => {
    if (details.open && details.childElementCount === 1) more(details, entries, 0, open - 1);
  };
  details.addEventListener("toggle", fill);
  details.open = open > 0;
  fill();
  return details;
}

function more(parent: HTMLElement, entries: readonly (readonly [string, unknown])[], from: number, open: number): void {
  for (const [key, entry] of entries.slice(from, from + ENTRIES)) parent.append(node(key, entry, open));
  const left = entries.length - from - ENTRIES;
  if (left <= 0) return;
  const next = button(`${left} more`, () => {
    next.remove();
    more(parent, entries, from + ENTRIES, open);
  }, { class: "more" });
  parent.append(next);
}

function scalar(value: unknown): HTMLElement {
  if (typeof value !== "string") return h("span", { class: typeof value }, String(value));
  const text = h("span", { class: "string" }, `"${visible(value.slice(0, TEXT))}"`);
  if (value.length > TEXT) {
    const rest = button(`… all ${value.length} characters`, () => {
      text.textContent = `"${visible(value)}"`;
    }, { class: "more" });
    text.append(rest);
  }
  return text;
}

function peek(entries: readonly (readonly [string, unknown])[]): string {
  const names = entries.slice(0, 4).map(([name]) => visible(name.slice(0, 40)));
  return `{ ${names.join(", ")}${entries.length > 4 ? ", …" : ""} }`;
}
