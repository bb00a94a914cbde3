import type { ThreadItem, Turn } from "../../gen/mod.ts";
import type { ItemState, TurnRecord, TurnState } from "./thread_state.ts";

/** Turns as pages have them, in either order, oldest first. */
export function oldestFirst(turns: readonly Turn[]): readonly Turn[] {
  return turns.length > 1 && compareTurns(turns[0]!, turns.at(-1)!) > 0 ? [...turns].reverse() : turns;
}

/** Which of two turns began earlier: by the second of their start; within it by ids that begin with the millisecond. */
export function compareTurns(a: TurnRecord, b: TurnRecord): number {
  if (a.startedAt != null && b.startedAt != null && a.startedAt !== b.startedAt) return a.startedAt - b.startedAt;
  return a.id === b.id || !UUID_V7.test(a.id) || !UUID_V7.test(b.id) ? 0 : a.id < b.id ? -1 : 1;
}

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-/;

/** Where a turn that begins belongs among those that are there: a page can have brought later ones. */
export function turnSlot(turns: readonly TurnState[], turn: TurnRecord): number {
  let slot = turns.length;
  while (slot > 0 && compareTurns(turns[slot - 1]!.turn, turn) > 0) slot--;
  return slot;
}

// Items are shown in the order in which they began. The server tells them so, and stores them in the order in which they
// ended: a message that a plan interrupts, commands that run side by side. Of those that began in the same millisecond
// and ran side by side, which is the usual case for calls that the model makes at once, the id decides in both cases.

/** Where an item that begins belongs among those that are there. */
export function itemSlot(items: readonly ItemState[], { id, startedAtMs }: ThreadItem): number {
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
