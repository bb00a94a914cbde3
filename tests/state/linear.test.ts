import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { emptyThread, reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import { item, notification } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";

/** How often something of an item was looked at. */
let reads = 0;

/** An item that counts who looks at it: the state keeps the very object that its event brought. */
function counted(n: number): ThreadItem {
  const plain = item("agentMessage", { id: `item-${n}`, text: "", startedAtMs: n, completedAtMs: null });
  return new Proxy(plain as ThreadItem, {
    get(target, key, receiver) {
      reads++;
      return Reflect.get(target, key, receiver);
    },
  });
}

const piece = (n: number) =>
  notification("item/agentMessage/delta", { threadId: "thread-1", itemId: `item-${n}`, delta: "x" });

/** `notification` copies what it is given; this event brings the item itself. */
function start(item: ThreadItem, turnId = "turn-1"): ThreadEvent {
  return { method: "item/started", params: { threadId: "thread-1", turnId, startedAtMs: 1, item } };
}

function begun(count: number): ThreadState {
  const events = Array.from({ length: count }, (_, n) => start(counted(n)));
  return events.reduce(reduce, emptyThread("thread-1"));
}

/** What one of so many events looks at, on average. */
function readsOf(state: ThreadState, events: readonly ThreadEvent[]): number {
  const before = reads;
  for (const event of events) state = reduce(state, event);
  return (reads - before) / events.length;
}

const DELTAS = 2000;

describe("what an event costs", () => {
  test("[M10] a delta looks at a few items, however many the turn has", () => {
    for (const size of [10, 100, 1000]) {
      const state = begun(size);
      const last = readsOf(state, Array.from({ length: DELTAS }, () => piece(size - 1)));
      assert(last <= 3, `${last} looks at one of ${size} items`);
      // Those that grow are no longer counted: every second item, in an order of their own.
      const around = Array.from({ length: DELTAS }, (_, n) => piece((n * 14) % size));
      // The first look at each may go through them all; from then on it is known where they are.
      const warm = around.slice(0, size).reduce(reduce, state);
      const anywhere = readsOf(warm, around);
      assert(anywhere > 0 && anywhere <= 12, `${anywhere} looks at any of ${size} items`);
    }
  });

  test("[M10] a delta looks at no other turn's items, however many turns there are", () => {
    const starts = Array.from({ length: 1000 }, (_, n) => start(counted(n), `turn-${n}`));
    const state = starts.reduce(reduce, emptyThread("thread-1"));
    const delta = notification("item/agentMessage/delta", { turnId: "turn-999", itemId: "item-999", delta: "x" });
    const each = readsOf(state, Array.from({ length: DELTAS }, () => delta));
    assert(each <= 3, `${each} looks at the items of 1,000 turns`);
  });

  test("[M10] a delta makes six new objects, and shares all others", () => {
    const state = begun(1000);
    const next = reduce(state, piece(500));
    const fresh = new Set<unknown>();
    compare(state, next, fresh);
    // The state, its turns, the turn, its items, the item's state, the item.
    assertEquals(fresh.size, 6);
    const [before, after] = [state.turns[0]!, next.turns[0]!];
    assertStrictEquals(after.turn, before.turn);
    assertEquals(after.items.filter((each, at) => each !== before.items[at]).length, 1);
  });

  test("[M10] 100,000 deltas into one thread of 1,000 items lose nothing", () => {
    let state = begun(1000);
    for (let n = 0; n < 100_000; n++) state = reduce(state, piece(n % 1000));
    const { items } = state.turns[0]!;
    assertEquals(items.length, 1000);
    assert(items.every(({ item }) => item.type === "agentMessage" && item.text === "x".repeat(100)));
  });
});

/** Gathers the objects of a value that are not the same as those of the value before. */
function compare(before: unknown, after: unknown, fresh: Set<unknown>): void {
  if (before === after || typeof after !== "object" || after === null) return;
  fresh.add(after);
  for (const [key, value] of Object.entries(after)) {
    compare((before as Record<string, unknown> | null | undefined)?.[key], value, fresh);
  }
}
