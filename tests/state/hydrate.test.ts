import { emptyThread, hydrate, reduce, type ThreadState } from "@codex-app-server/sdk/state";
import type { Thread, ThreadItem, Turn } from "@codex-app-server/sdk/protocol";
import { ThreadSchema } from "@codex-app-server/sdk/protocol";
import { item, notification, sample, turn, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { frozen, lifeOf, play } from "./conversation.ts";

/** Turn `n` of a thread, with a question and an answer. */
function storedTurn(n: number): Turn {
  const at = 1_000_000 + n * 1000;
  return frozen(turn({
    id: `01a2146c-0000-7${String(n).padStart(3, "0")}-8000-000000000000`,
    status: "completed",
    startedAt: Math.floor(at / 1000),
    completedAt: Math.floor(at / 1000),
    itemsView: "full",
    items: [
      item("userMessage", { id: `user-${n}`, clientId: null, content: [], startedAtMs: at, completedAtMs: at }),
      item("agentMessage", { id: `agent-${n}`, text: `answer ${n}`, startedAtMs: at + 1, completedAtMs: at + 2 }),
    ] as never,
  }));
}

/** The events that led to a stored turn. */
function eventsOf({ items, ...rest }: Turn) {
  const where = { threadId: "thread-1", turnId: rest.id };
  return [
    notification("turn/started", {
      threadId: "thread-1",
      turn: { ...rest, items: [], itemsView: "notLoaded", status: "inProgress", completedAt: null } as never,
    }),
    ...items.flatMap((each) => [
      notification("item/started", { ...where, item: { ...each, completedAtMs: null } as never }),
      notification("item/completed", { ...where, item: each as never }),
    ]),
    notification("turn/completed", {
      threadId: "thread-1",
      turn: { ...rest, items: [], itemsView: "notLoaded" } as never,
    }),
  ];
}

function thread(given: Partial<Thread> = {}): Thread {
  return frozen(sample(ThreadSchema, { id: "thread-1", ...given } as never));
}

const TURNS = Array.from({ length: 8 }, (_, n) => storedTurn(n));
const ids = ({ turns }: ThreadState) => turns.map(({ turn }) => Number(turn.id.slice(15, 18)));
const live = (turns: readonly Turn[], from?: ThreadState) => play(turns.flatMap(eventsOf), from);

describe("hydrate", () => {
  test("[M2] what is hydrated equals what was live, and hydrating it again changes nothing", () => {
    const cold = hydrate(emptyThread("thread-1"), TURNS);
    assertEquals(cold, live(TURNS));
    assertStrictEquals(hydrate(cold, structuredClone(TURNS)), cold);
    const seen = frozen(live(TURNS));
    assertStrictEquals(hydrate(seen, TURNS), seen);
  });

  test("[M2] pages in either order, overlapping, the oldest last", () => {
    const page = (from: number, to: number) => TURNS.slice(from, to).reverse();
    const state = [page(5, 8), page(2, 6), page(0, 2)].reduce(hydrateOnce, emptyThread("thread-1"));
    assertEquals(ids(state), [0, 1, 2, 3, 4, 5, 6, 7]);
    assertEquals(ids([TURNS.slice(0, 3), TURNS.slice(3)].reduce(hydrateOnce, emptyThread("thread-1"))), ids(state));
    assertEquals(ids(hydrate(emptyThread("thread-1"), [...page(4, 8), ...page(0, 6)])), ids(state));
  });

  test("[M2] events and pages in any order come to the same state", async () => {
    for (let round = 0; round < 60; round++) {
      await withSeed((random) => {
        const seen = random.below(TURNS.length);
        let state = emptyThread("thread-1");
        const events = TURNS.slice(seen).flatMap(eventsOf);
        const pages: Turn[][] = [];
        for (let to = TURNS.length; to > 0;) {
          const from = Math.max(0, to - 1 - random.below(4));
          pages.push(TURNS.slice(from, Math.min(TURNS.length, to + random.below(2))).reverse());
          to = from;
        }
        while (events.length + pages.length > 0) {
          const next = random.chance(0.3) || events.length === 0 ? pages.shift() : undefined;
          state = frozen(next === undefined ? reduce(state, frozen(events.shift()!)) : hydrate(state, frozen(next)));
        }
        assertEquals(state, hydrate(emptyThread("thread-1"), TURNS));
      });
    }
  });

  test("a thread brings its record; one without turns takes none away", () => {
    const state = hydrate(live(TURNS), thread({ name: "a name", turns: [] }));
    assertEquals([state.thread?.name, ids(state).length], ["a name", TURNS.length]);
    assert(!("turns" in state.thread!));
    assertStrictEquals(hydrate(state, thread({ name: "a name" })), state);
    assertEquals(hydrate(emptyThread("thread-1"), thread({ turns: TURNS })).turns, state.turns);
  });

  test("a thread that is none of the state's is refused", () => {
    const error = assertThrows(() => hydrate(emptyThread("thread-1"), thread({ id: "thread-9" })), TypeError);
    assert(error.message.includes("thread-1") && error.message.includes("thread-9"), error.message);
  });

  test("[M3] an old page takes nothing back: neither a turn's end nor what has come of an item", () => {
    const running = { ...storedTurn(1), status: "inProgress" as const, items: [], completedAt: null };
    const over = live([storedTurn(1)]);
    assertStrictEquals(hydrate(over, [running]), over);
    const begun = play([
      eventsOf(storedTurn(1))[0]!,
      ...lifeOf("agentMessage", "item-7", running.id, 1_001_500).pieces.slice(0, 2),
    ]);
    assertStrictEquals(hydrate(begun, [{ ...running, itemsView: "full" }]), begun);
    const known = hydrate(begun, [{ ...running, items: storedTurn(1).items.slice(0, 1) }]);
    assertEquals(known.turns[0]!.items.map(({ item, streaming }) => [item.id, streaming]), [
      ["user-1", false],
      ["item-7", true],
    ]);
  });

  test("[M3] what runs is not taken back by what was stored of it before, for a turn or for its items", () => {
    const where = { threadId: "thread-1", turnId: storedTurn(1).id };
    const call = lifeOf("commandExecution", "call-1", where.turnId, 1_001_500);
    const begun = (call.started.params as { item: ThreadItem }).item;
    const running = { ...storedTurn(1), status: "inProgress" as const, items: [begun], completedAt: null };
    const over = play([call.started, ...call.pieces, call.completed], live([storedTurn(1)]));
    assertStrictEquals(hydrate(over, [running]), over);
    assertStrictEquals(hydrate(over, [{ ...storedTurn(1), items: [begun] }]), over);
  });

  test("[M3] a turn that is stored without its end is over by the look of it: its end, or a word of it, knows better", () => {
    const openEnded = { ...storedTurn(1), status: "interrupted" as const, completedAt: null };
    const [started, , , , , completed] = eventsOf(storedTurn(1));
    const statusOf = ({ turns }: ThreadState) => turns.at(-1)!.turn.status;
    const over = live([storedTurn(1)]);
    assertStrictEquals(hydrate(over, [openEnded]), over);
    // The server died in its midst, or it has just begun: both look the same.
    const looked = hydrate(play([started!]), [openEnded]);
    assertEquals(statusOf(looked), "interrupted");
    const life = lifeOf("agentMessage", "item-7", openEnded.id, 1_001_500);
    for (const word of [started!, life.started, life.pieces[0]!, life.completed]) {
      assertEquals(statusOf(play([word], looked)), "inProgress");
    }
    assertEquals(statusOf(play([completed!], looked)), "completed");
  });

  test("[M3] a turn that a later one has left behind is over; a review runs as a turn within a turn", () => {
    const running = (n: number, given: Partial<Turn> = {}) =>
      frozen({ ...storedTurn(n), status: "inProgress" as const, completedAt: null, ...given });
    const statuses = ({ turns }: ThreadState) => turns.map(({ turn }) => turn.status);
    const both = hydrate(emptyThread("thread-1"), [running(2), running(1)]);
    assertEquals(statuses(both), ["interrupted", "inProgress"]);
    assertStrictEquals(hydrate(both, [running(2), running(1)]), both);
    assertEquals(statuses(hydrate(hydrate(emptyThread("thread-1"), [running(1)]), [running(2)])), statuses(both));
    assertEquals(statuses(play([1, 2].map((n) => eventsOf(storedTurn(n))[0]!))), statuses(both));
    assertEquals(statuses(hydrate(both, [storedTurn(1)])), ["completed", "inProgress"]);
    const inner = running(2, { rootTurnId: storedTurn(1).id });
    assertEquals(statuses(hydrate(emptyThread("thread-1"), [inner, running(1)])), ["inProgress", "inProgress"]);
    const review = [item("enteredReviewMode", { id: "entered", review: "it", startedAtMs: 1_000_900 })] as never;
    assertEquals(statuses(hydrate(emptyThread("thread-1"), [running(1, { items: review }), running(2)])), [
      "inProgress",
      "inProgress",
    ]);
  });

  test("a summary is marked as one, and filled up by what is full", () => {
    const [first, last] = storedTurn(0).items as [ThreadItem, ThreadItem];
    const summary = { ...storedTurn(0), itemsView: "summary" as const, items: [last] };
    const state = hydrate(emptyThread("thread-1"), [summary]);
    assertEquals(state.turns[0]!.turn.itemsView, "summary");
    const full = hydrate(state, [storedTurn(0)]);
    assertEquals(full, hydrate(emptyThread("thread-1"), [storedTurn(0)]));
    assertEquals(full.turns[0]!.items.map(({ item }) => item.id), [first.id, last.id]);
    assertStrictEquals(full.turns[0]!.items[1], state.turns[0]!.items[0]);
  });

  test("[M7] a gap shows, and stays until what is hydrated reaches back to it", () => {
    const gap = notification("thread/name/updated", { threadId: "thread-1" });
    assertStrictEquals(play([gap]).gap, null);
    const before = live(TURNS.slice(0, 3));
    const broken = play([{ method: "connection/gap", params: { threadId: "thread-1", turnId: null } }], before);
    assertEquals(broken.gap, { turnId: TURNS[2]!.id });
    const later = live(TURNS.slice(6), broken);
    assertEquals(later.gap, broken.gap);
    const newest = hydrate(later, TURNS.slice(5).reverse());
    assertEquals([newest.gap, ids(newest)], [broken.gap, [0, 1, 2, 5, 6, 7]]);
    const whole = hydrate(newest, TURNS.slice(2, 6).reverse());
    assertEquals(whole, live(TURNS));
    assertStrictEquals(whole.turns[0], before.turns[0]);
  });

  test("[M7] what runs over a gap is marked as incomplete, and complete when it is hydrated", () => {
    const events = eventsOf(TURNS[0]!);
    const gap = { method: "connection/gap", params: { threadId: "thread-1", turnId: TURNS[0]!.id } } as const;
    const state = play([...events.slice(0, 2), gap, events.at(-1)!]);
    assertEquals(state.turns[0]!.turn.itemsView, "summary");
    const again = hydrate(state, [TURNS[0]!]);
    assertEquals([again.gap, again.turns[0]!.turn.itemsView], [null, "full"]);
    assertEquals(again.turns, live([TURNS[0]!]).turns);
  });

  test("[M7] a history that was changed is gone from the state until it is hydrated", () => {
    const state = play([notification("thread/reverted", { threadId: "thread-1" })], live(TURNS));
    assertEquals([state.turns.length, state.gap], [0, { turnId: null }]);
    assertEquals(hydrate(state, TURNS.slice(0, 4)), live(TURNS.slice(0, 4)));
  });

  test("[M6] a message that was sent is in what is hydrated, and only there", () => {
    const content = [{ type: "text" as const, text: "hi", text_elements: [] }];
    const sent = { method: "message/sent", params: { threadId: "thread-1", clientId: "mine", content } } as const;
    const state = play([sent]);
    assertEquals(state.sent.map(({ clientId }) => clientId), ["mine"]);
    const stored = {
      ...storedTurn(0),
      items: [item("userMessage", { id: "u", clientId: "mine", content }) as ThreadItem],
    };
    assertEquals(hydrate(state, [stored]).sent, []);
  });

  test("[M2] an item that still streams does so when the running turn is hydrated, with the longer of its texts", () => {
    const message = (text: string) => item("agentMessage", { id: "a", text, startedAtMs: 1, completedAtMs: null });
    const running = (text: string) => turn({ id: "turn-1", status: "inProgress", items: [message(text)] as never });
    const where = { threadId: "thread-1", turnId: "turn-1" };
    const state = play([
      notification("turn/started", { threadId: "thread-1", turn: { id: "turn-1", status: "inProgress" } }),
      notification("item/started", { ...where, item: message("") as never }),
      notification("item/agentMessage/delta", { ...where, itemId: "a", delta: "Hel" }),
    ]);
    for (const [stored, shown] of [["H", "Hel"], ["Hello", "Hello"]] as const) {
      const [only] = hydrate(state, [running(stored)]).turns[0]!.items;
      assertEquals([only?.streaming, only?.item.type === "agentMessage" && only.item.text], [true, shown]);
    }
  });
});

function hydrateOnce(state: ThreadState, turns: readonly Turn[]): ThreadState {
  return frozen(hydrate(state, turns));
}
