import { visible } from "../../../util/visible.ts";

/** What an element can be given. */
export interface Given {
  readonly class?: string;
  readonly title?: string;
  readonly on?: { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element. What comes from elsewhere is text, and nothing else. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  given: Given = {},
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (given.class !== undefined) element.className = given.class;
  if (given.title !== undefined) element.title = visible(given.title);
  for (const [attribute, value] of Object.entries(given.attributes ?? {})) element.setAttribute(attribute, value);
  for (const [event, listener] of Object.entries(given.on ?? {})) {
    element.addEventListener(event, listener as (event: Event) => void);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button. */
export function button(label: string, press: () => void, given: Given = {}): HTMLButtonElement {
  return h("button", { ...given, attributes: { type: "button", ...given.attributes }, on: { click: press } }, label);
}

/** The element of the page with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Calls once a frame at most. */
export function eachFrame(draw: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}

/** Calls at once, and then no more often than this. */
export function seldom(milliseconds: number, draw: () => void): () => void {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      last = performance.now();
      draw();
    }, Math.max(0, last + milliseconds - performance.now()));
  };
}

/** Puts text where it can be pasted from, and says so on the button. */
export async function copy(text: string, from: HTMLElement): Promise<void> {
  const label = from.textContent;
  try {
    await navigator.clipboard.writeText(text);
    from.textContent = "Copied";
  } catch {
    from.textContent = "Not allowed";
  }
  setTimeout(() => from.textContent = label, 1200);
}

/** Has the browser save a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  h("a", { attributes: { href: url, download: name } }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
