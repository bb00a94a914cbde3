import type { ThreadItem } from "../../gen/mod.ts";
import type { ItemState } from "./thread_state.ts";

// Items are shown in the order in which they began. The server tells them so, and stores them in the order in which they
// ended: a message that a plan interrupts, commands that run side by side. Of those that began in the same millisecond
// and ran side by side, which is the usual case for calls that the model makes at once, the id decides in both cases.

/** Where an item that begins belongs among those that are there. */
export function slotFor(items: readonly ItemState[], { id, startedAtMs }: ThreadItem): number {
  let slot = items.length;
  if (startedAtMs == null) return slot;
  for (; slot > 0; slot--) {
    const { item, streaming } = items[slot - 1]!;
    const began = item.startedAtMs ?? 0;
    if (began < startedAtMs || began === startedAtMs && !(streaming && item.id > id)) break;
  }
  return slot;
}

/** Items as they are stored, in the order in which they began. */
export function inOrderOfStart(items: readonly ThreadItem[]): readonly ThreadItem[] {
  let last = 0;
  const entries = items.map((item, at) => {
    const began = last = item.startedAtMs ?? last;
    return { item, began, at, lasted: (item.completedAtMs ?? 0) > began };
  });
  return entries.sort((a, b) =>
    a.began - b.began || Number(a.lasted) - Number(b.lasted) ||
    (a.lasted && a.item.id !== b.item.id ? (a.item.id < b.item.id ? -1 : 1) : a.at - b.at)
  ).map(({ item }) => item);
}
