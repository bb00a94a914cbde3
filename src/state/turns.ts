import type { ThreadItem, Turn, TurnItemsView } from "../../gen/mod.ts";
import { has, list, time } from "./lenient.ts";
import { completedItem, isEmpty, seenItem } from "./items.ts";
import { merged } from "./merge.ts";
import { compareStarts, inOrderOfStart, turnSlot } from "./order.ts";
import { keep, withEntry } from "./same.ts";
import type { ItemState, ThreadState, TurnRecord, TurnState } from "./thread_state.ts";

/** So many of the last items are looked through; the place of an older one is looked up. */
const NEAR = 8;

/**
 * Where the items of long turns stand, by the record of their turn, which outlives each version of its items. What it
 * says is checked: it saves the way through a list, and decides nothing.
 */
const PLACES = new WeakMap<TurnRecord, Map<string, number>>();

/** Where an item stands, or -1. */
export function placeOf({ turn, items }: TurnState, itemId: string): number {
  let at = items.length - 1;
  for (const stop = Math.max(0, items.length - NEAR); at >= stop; at--) if (items[at]!.item.id === itemId) return at;
  if (at < 0) return -1;
  let places = PLACES.get(turn);
  if (places === undefined) PLACES.set(turn, places = new Map());
  const known = places.get(itemId);
  if (known !== undefined && items[known]?.item.id === itemId) return known;
  while (at >= 0 && items[at]!.item.id !== itemId) at--;
  if (at >= 0) places.set(itemId, at);
  return at;
}

/** Where the state has an item: under its id, or a message of this client under the id that the client gave it. */
export function placeOfItem(turn: TurnState, item: ThreadItem): number {
  const at = placeOf(turn, item.id);
  if (at >= 0 || item.type !== "userMessage" || item.clientId == null) return at;
  return turn.items.findIndex(({ item: other }) => other.type === "userMessage" && other.clientId === item.clientId);
}

/** Changes one turn. A turn that nobody has heard of begins, for its items can come before it. */
export function changeTurn(state: ThreadState, turnId: string, change: (turn: TurnState) => TurnState): ThreadState {
  if (typeof turnId !== "string") return state;
  const { turns } = state;
  let at = turns.length - 1;
  while (at >= 0 && turns[at]!.turn.id !== turnId) at--;
  if (at >= 0) {
    const changed = withEntry(turns, at, change(alive(turns[at]!)));
    return changed === turns ? state : { ...state, turns: changed };
  }
  const begun = unseenTurn(turnId);
  const changed = change(begun);
  if (changed === begun) return state;
  const slot = turnSlot(turns, changed.turn);
  return { ...state, turns: [...turns.slice(0, slot), changed, ...turns.slice(slot)] };
}

/** Whether nothing more of the turn is to come, but for commands that outlive it. */
export function isOver({ status }: TurnRecord): boolean {
  return status !== "inProgress";
}

/**
 * Whether a stored turn is over by the look of it alone: `interrupted`, at no time. So the server tells of one in whose
 * midst it died, and, for some milliseconds, of one that has just begun or just ended.
 */
export function isOpenEnded({ status, completedAt }: TurnRecord): boolean {
  return status === "interrupted" && completedAt == null;
}

/** A turn of which something is heard runs, whatever has been stored of it. */
function alive(turn: TurnState): TurnState {
  return isOpenEnded(turn.turn) ? { ...turn, turn: { ...turn.turn, status: "inProgress" } } : turn;
}

/** What a turn's own record says, and the items that it brings, taken into what is known of the turn. */
export function mergeTurn(before: TurnState | undefined, given: Turn): TurnState {
  const { items, ...record } = given;
  const known = before ?? { ...unseenTurn(given.id), turn: { ...record, itemsView: "notLoaded" } };
  const newer = isOver(known.turn) && (!isOver(record) || isOpenEnded(record)) ? known.turn : record;
  const turn = keep(known.turn, { ...newer, itemsView: fuller(known.turn, record) });
  const loaded = record.itemsView === "notLoaded" ? [] : list(items).filter((item) => has(item, "id", "type"));
  const all = merged(known.items, inOrderOfStart(loaded, (item) => item), {
    keyOf: ({ id }) => id,
    placeOf: (item) => placeOfItem(known, item),
    // What was stored while the turn ran can come when it is over.
    take: (item, before) => isOver(record) ? completedItem(before, item) : seenItem(before, item),
    // What has come in pieces alone has no time yet.
    compare: ({ item }, other) => time(item.startedAtMs) === undefined ? 0 : compareStarts(item, other),
  });
  const ordered = inOrderOfStart(all, ({ item }) => item);
  return closed({ turn, items: ordered, retrying: isOver(turn) ? null : known.retrying }, before);
}

/** A turn that is over has nothing that streams, and nothing that was begun and never came. */
export function closed(turn: TurnState, before: TurnState | undefined): TurnState {
  const items = !isOver(turn.turn) || !turn.items.some(({ streaming }) => streaming)
    ? turn.items
    : turn.items.filter((item) => !(item.streaming && isEmpty(item))).map(settled);
  if (before?.turn === turn.turn && before.items === items && before.retrying === turn.retrying) return before;
  return { ...turn, items };
}

function settled(item: ItemState): ItemState {
  if (!item.streaming) return item;
  const { progress: _, ...rest } = item;
  return { ...rest, streaming: false };
}

const VIEWS = ["notLoaded", "summary", "full"] as const;

/** Of two views of a turn's items, the one that has more. Without a word, a turn has all of them. */
export function fuller({ itemsView: a = "full" }: TurnRecord, { itemsView: b = "full" }: TurnRecord): TurnItemsView {
  return VIEWS.indexOf(a) >= VIEWS.indexOf(b) ? a : b;
}

function unseenTurn(id: string): TurnState {
  return { turn: { id, status: "inProgress", itemsView: "summary" }, items: [], retrying: null };
}
