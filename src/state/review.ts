import { completedItem } from "./items.ts";
import { inOrderOfStart } from "./order.ts";
import { keep } from "./same.ts";
import type { TurnState } from "./thread_state.ts";
import { fuller, isOver, placeOf } from "./turns.ts";

/**
 * A review runs as a turn within a turn: the server says that one of its own has started, but gives most of its items to
 * the one that `review/start` has answered with, and ends that one alone. They are shown as what they are, one turn.
 */
export function withReviewsJoined(turns: readonly TurnState[]): readonly TurnState[] {
  const inner = turns.filter(({ turn: { id, rootTurnId } }) =>
    rootTurnId != null && rootTurnId !== id && turns.some((outer) => outer.turn.id === rootTurnId && isReview(outer))
  );
  if (inner.length === 0) return turns;
  return turns.filter((turn) => !inner.includes(turn)).map((outer) =>
    inner.filter(({ turn }) => turn.rootTurnId === outer.turn.id).reduce(joined, outer)
  );
}

/** Whether a turn is a review, as far as is known of it. */
export function isReview({ items }: TurnState): boolean {
  return items.some(({ item }) => item.type === "enteredReviewMode");
}

function joined(outer: TurnState, inner: TurnState): TurnState {
  const startedAt = outer.turn.startedAt ?? inner.turn.startedAt ?? null;
  const turn = keep(outer.turn, { ...outer.turn, startedAt, itemsView: fuller(outer.turn, inner.turn) });
  const fresh = inner.items.filter(({ item }) => placeOf(outer, item.id) < 0);
  const over = isOver(turn);
  const known = outer.items.map((each) => {
    const twin = inner.items[placeOf(inner, each.item.id)];
    return twin === undefined || twin.streaming ? each : completedItem(each, twin.item);
  });
  const items = [...known, ...fresh.map((item) => over ? { ...item, streaming: false } : item)];
  return { ...outer, turn, items: inOrderOfStart(items, ({ item }) => item) };
}
