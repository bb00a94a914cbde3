import type { ThreadItem, Turn } from "../../gen/mod.ts";
import { withinMs } from "./items.ts";
import { time } from "./lenient.ts";
import type { ItemState, TurnRecord, TurnState } from "./thread_state.ts";

/** Turns as pages have them, in either order, oldest first. */
export function oldestFirst(turns: readonly Turn[]): readonly Turn[] {
  return turns.length > 1 && compareTurns(turns[0]!, turns.at(-1)!) > 0 ? [...turns].reverse() : turns;
}

/** Which of two turns began earlier: by the second of their start; within it by ids that begin with the millisecond. */
export function compareTurns(a: TurnRecord, b: TurnRecord): number {
  const [first, second] = [time(a.startedAt), time(b.startedAt)];
  if (first !== undefined && second !== undefined && first !== second) return first - second;
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
// ended: a message that a plan interrupts, commands that run side by side. What began in the same millisecond, which is
// the usual case for calls that the model makes at once, has an order that does not depend on which of the two was seen.

/** Which of two items began earlier, as far as their own records tell: 0 if they stand as they came. */
export function compareStarts(a: ThreadItem, b: ThreadItem): number {
  const startedAtMs = time(a.startedAtMs);
  const apart = (startedAtMs ?? 0) - (time(b.startedAtMs) ?? 0);
  if (apart !== 0 || startedAtMs === undefined || a.id === b.id) return apart;
  const rank = RANKS[withinMs(a)];
  return rank - RANKS[withinMs(b)] || (rank === RANKS.asItCame ? 0 : a.id < b.id ? -1 : 1);
}

const RANKS = { first: 0, asItCame: 1, last: 2 } as const;

/** Where an item that begins belongs among those that are there. */
export function itemSlot(items: readonly ItemState[], item: ThreadItem): number {
  if (time(item.startedAtMs) === undefined) return items.length;
  let slot = items.length;
  while (slot > 0 && compareStarts(items[slot - 1]!.item, item) > 0) slot--;
  return slot;
}

/** Entries in the order in which their items began; one without a time stays behind the one before it. */
export function inOrderOfStart<T>(entries: readonly T[], itemOf: (entry: T) => ThreadItem): readonly T[] {
  let timed: ThreadItem | undefined;
  const placed = entries.map((entry) => {
    const item = itemOf(entry);
    if (timed === undefined || time(item.startedAtMs) !== undefined) timed = item;
    return { entry, timed };
  });
  if (placed.every(({ timed }, at) => at === 0 || compareStarts(placed[at - 1]!.timed, timed) <= 0)) return entries;
  return placed.sort((a, b) => compareStarts(a.timed, b.timed)).map(({ entry }) => entry);
}
