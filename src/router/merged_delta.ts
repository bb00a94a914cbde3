import { ROUTING } from "../../gen/routing.ts";
import { GrowingText } from "../util/growing_text.ts";
import type { Notification } from "./notification.ts";

/** A notification that carries a piece of text of one item. */
export type DeltaNotification = Notification & { readonly params: { readonly delta: string; readonly itemId: string } };

/** Whether this is a piece of an item's text, which may be joined with its neighbour. */
export function isMergeable(event: Notification): event is DeltaNotification {
  if (ROUTING[event.method]?.delta !== true) return false;
  return typeof (event.params as { readonly delta?: unknown } | undefined)?.delta === "string";
}

/** Whether two deltas are pieces of the same text: all of their params but the text itself are equal. */
export function sameSource(a: DeltaNotification, b: DeltaNotification): boolean {
  if (a.method !== b.method) return false;
  const left = a.params as unknown as Record<string, unknown>;
  const right = b.params as unknown as Record<string, unknown>;
  for (const key in left) if (key !== "delta" && left[key] !== right[key]) return false;
  for (const key in right) if (key !== "delta" && !(key in left)) return false;
  return true;
}

/** Neighbouring deltas of one item on their way to a slow reader: one event whose text is that of all of them. */
export class MergedDelta {
  readonly first: DeltaNotification;
  readonly #text: GrowingText;

  constructor(first: DeltaNotification) {
    this.first = first;
    this.#text = new GrowingText(first.params.delta);
  }

  append(text: string): void {
    this.#text.append(text);
  }

  toNotification(): Notification {
    return { ...this.first, params: { ...this.first.params, delta: `${this.#text}` } } as Notification;
  }
}
