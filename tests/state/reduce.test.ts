import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { emptyThread, reduce, type ThreadEvent } from "@codex-app-server/sdk/state";
import { item, notification, type Random, turn, withSeed } from "@codex-app-server/sdk/testing";
import { frozen, ITEM_TYPES, type ItemLife, lifeOf, play } from "./conversation.ts";

const at = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1" };
const delta = (text: string) => notification("item/agentMessage/delta", { ...at, delta: text });
const started = notification("turn/started", { turn: { status: "inProgress", startedAt: 1 } });

describe("reduce", () => {
  test("[M1] frozen states and frozen events go in; the same in, the same out", () => {
    const lives = ITEM_TYPES.map((type, n) => lifeOf(type, `item-${n}`, "turn-1", 100 * n));
    const events: ThreadEvent[] = [started];
    for (const life of lives) events.push(life.started, ...life.pieces, life.completed);
    events.push(notification("turn/completed", { turn: { status: "completed" } }));
    assertEquals(play(events), play(structuredClone(events)));
    assertEquals(play(events).turns[0]?.items.map(({ item }) => item.type), ITEM_TYPES);
    assert(play(events).turns[0]?.items.every(({ streaming }) => !streaming));
  });

  test("[M1] a state is JSON, and goes on from there", () => {
    const before = play([started, delta("Hel")]);
    assertEquals(JSON.parse(JSON.stringify(before)), before);
    assertEquals(reduce(JSON.parse(JSON.stringify(before)), delta("lo")), play([delta("lo")], before));
  });

  test("[M1] what did not change keeps its identity", () => {
    const first = lifeOf("agentMessage", "item-0", "turn-0", 1);
    const before = play([
      notification("turn/started", { turn: { id: "turn-0", status: "inProgress" } }),
      first.started,
      first.completed,
      notification("turn/completed", { turn: { id: "turn-0", status: "completed" } }),
      started,
      lifeOf("commandExecution", "other", "turn-1", 2).started,
      delta("a"),
    ]);
    const after = play([delta("b")], before);
    assertStrictEquals(after.turns[0], before.turns[0]);
    assertStrictEquals(after.turns[1]!.turn, before.turns[1]!.turn);
    assertStrictEquals(after.turns[1]!.items[0], before.turns[1]!.items[0]);
    assert(after.turns[1]!.items[1] !== before.turns[1]!.items[1]);
    assertStrictEquals(after.agents, before.agents);
    assertStrictEquals(after.questions, before.questions);
  });

  test("[M1] an event that says nothing new returns the state itself", () => {
    const usage = notification("thread/tokenUsage/updated", { tokenUsage: { modelContextWindow: 5 } });
    const events = [
      notification("thread/started"),
      started,
      lifeOf("reasoning", "item-2", "turn-1", 3).completed,
      notification("turn/diff/updated", { diff: "+a" }),
      notification("turn/plan/updated", { plan: [{ step: "a", status: "pending" }] }),
      usage,
      notification("turn/completed", { turn: { status: "completed" } }),
    ];
    const state = play(events);
    for (const event of events) assertStrictEquals(reduce(state, structuredClone(event)), state, event.method);
    const others = [
      notification("item/agentMessage/delta", { threadId: "thread-2", delta: "x" }),
      notification("warning", { threadId: "thread-1", message: "careful" }),
      notification("account/updated"),
    ];
    for (const event of others) assertStrictEquals(reduce(state, frozen(event)), state, event.method);
  });

  test("[M3] deltas before their item and before their turn; deltas behind their item's end", () => {
    const { started: begins, completed } = lifeOf("agentMessage", "item-1", "turn-1", 1);
    const text = (events: ThreadEvent[]) => {
      const [only] = play(events).turns.flatMap(({ items }) => items);
      return only?.item.type === "agentMessage" ? only.item.text : undefined;
    };
    assertEquals(text([delta("Hel"), delta("lo")]), "Hello");
    assertEquals(text([delta("Hel"), begins, delta("lo"), started]), "Hello");
    assertEquals(text([delta("Hel"), delta("lo you"), completed, begins, delta("lo")]), "Hello you");
  });

  test("[M3] `turn/completed` that repeats items, or brings items that nobody has seen", () => {
    const { started: begins, completed } = lifeOf("agentMessage", "item-1", "turn-1", 1);
    const message = item("agentMessage", { id: "item-1", text: "Hello you", startedAtMs: 1, completedAtMs: 6 });
    const live = play([started, begins, completed]);
    for (const itemsView of ["summary", "full"] as const) {
      const over = notification("turn/completed", { turn: { status: "completed", itemsView, items: [message] } });
      assertStrictEquals(play([over], live).turns[0]!.items, live.turns[0]!.items);
      assertEquals(play([over]).turns[0]!.items, live.turns[0]!.items);
    }
    assertEquals(play([started, begins, completed]).turns[0]!.turn.itemsView, "full");
  });

  test("[M3] an item that never came is gone when its turn is over; one that came in part stays", () => {
    const empty = lifeOf("agentMessage", "item-0", "turn-1", 1).started;
    const over = notification("turn/completed", { turn: { status: "interrupted" } });
    const { items } = play([started, empty, delta("par"), over]).turns[0]!;
    assertEquals(items.map(({ item, streaming }) => [item.id, streaming]), [["item-1", false]]);
  });

  test("[M3] a call whose id is used again begins anew; its beginning said twice changes nothing", () => {
    const once = lifeOf("commandExecution", "item-1", "turn-1", 10);
    const again = lifeOf("commandExecution", "item-1", "turn-1", 100);
    const state = play([started, once.started, ...once.pieces, once.completed]);
    assertStrictEquals(reduce(state, once.started), state);
    const twice = play([again.started], state).turns[0]!.items;
    assertEquals(twice.map(({ streaming, output }) => [streaming, output]), [[true, undefined]]);
    assertEquals(play([again.started, ...again.pieces], state).turns[0]!.items[0]!.output, "one\ntwo\n");
  });

  test("[M3] deltas of a plan and updates of the plan are two things", () => {
    const plan = { plan: [{ step: "a", status: "inProgress" as const }], explanation: "why" };
    const state = play([
      started,
      notification("turn/plan/updated", plan),
      notification("item/plan/delta", { ...at, delta: "# P" }),
      notification("turn/plan/updated", plan),
      notification("item/plan/delta", { ...at, delta: "lan" }),
    ]);
    assertEquals(state.plan, { turnId: "turn-1", ...plan });
    assertEquals(state.turns[0]!.items, [{ item: { type: "plan", id: "item-1", text: "# Plan" }, streaming: true }]);
  });

  test("[M3] in whatever order: pieces before their item, events twice, other threads between", async () => {
    for (let round = 0; round < 150; round++) {
      await withSeed((random) => {
        const lives = Array.from(
          { length: 1 + random.below(8) },
          (_, n) => lifeOf(ITEM_TYPES[random.below(ITEM_TYPES.length)]!, `item-${n}`, "turn-1", 100 * n),
        ).filter(({ started }) => !JSON.stringify(started).includes("enteredReviewMode"));
        const over = notification("turn/completed", { turn: { status: "completed", startedAt: 1 } });
        const plain = [started, ...lives.flatMap((life) => [life.started, ...life.pieces, life.completed]), over];
        const mixed = [...interleaved(lives, random), twice(over)].flat();
        const begin = random.below(3);
        mixed.splice(begin, 0, started);
        if (random.chance(0.5)) mixed.splice(random.below(mixed.length), 0, started);
        assertEquals(byId(play(mixed)), byId(play(plain)));
      });
    }
  });

  test("[M3] whatever is missing from an event, the state is not lost", async () => {
    const lives = ITEM_TYPES.map((type, n) => lifeOf(type, `item-${n}`, "turn-1", 100 * n));
    const events: ThreadEvent[] = [
      notification("thread/started"),
      started,
      ...lives.flatMap((life) => [life.started, ...life.pieces, life.completed]),
      notification("turn/plan/updated", { plan: [] }),
      notification("turn/diff/updated"),
      notification("thread/tokenUsage/updated"),
      notification("thread/settings/updated"),
      notification("thread/name/updated"),
      notification("thread/status/changed"),
      notification("serverRequest/resolved"),
      notification("error"),
      notification("turn/completed", { turn: turn({ items: [item("agentMessage")] }) as never }),
    ];
    for (let round = 0; round < 300; round++) {
      await withSeed((random) => {
        const broken = events.map((event) => {
          const copy = structuredClone(event);
          for (let cut = random.below(4); cut > 0; cut--) spoil(copy, random);
          return copy;
        });
        const state = play(broken);
        assertEquals(state.threadId, "thread-1");
        assertEquals(JSON.parse(JSON.stringify(state)).threadId, "thread-1");
        play(events, state);
      });
    }
  });

  test("the method of an event is looked up, and nothing that every object has", () => {
    const state = emptyThread("thread-1");
    for (const method of ["constructor", "__proto__", "toString"]) {
      assertStrictEquals(reduce(state, { method, params: { threadId: "thread-1" } } as never), state);
    }
  });
});

/** The lives of items side by side, each in its own order but for what the server may change in it. */
function interleaved(lives: readonly ItemLife[], random: Random): ThreadEvent[][] {
  const queues = lives.map(({ started, pieces, completed }) => {
    const early = random.chance(0.3) ? random.below(pieces.length + 1) : 0;
    const late = random.chance(0.3) ? pieces.slice(0, 1) : [];
    return [
      ...pieces.slice(0, early),
      ...some(started, random),
      ...pieces.slice(early),
      ...some(completed, random),
      ...late,
      ...random.chance(0.2) ? [started] : [],
    ];
  });
  const result: ThreadEvent[][] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const queue = queues[random.below(queues.length)]!;
    if (queue.length > 0) result.push([queue.shift()!]);
    if (random.chance(0.2)) result.push([elsewhere(random)]);
  }
  return result;
}

const some = (event: ThreadEvent, random: Random) => random.chance(0.3) ? twice(event) : [event];
const twice = (event: ThreadEvent) => [event, structuredClone(event)];

function elsewhere(random: Random): ThreadEvent {
  const strange = lifeOf(ITEM_TYPES[random.below(ITEM_TYPES.length)]!, "item-0", "turn-1", 1, "thread-9");
  return [strange.started, ...strange.pieces, strange.completed][random.below(2)]!;
}

/** A state whose items stand in an order of their own. */
function byId(state: ReturnType<typeof play>): unknown {
  return {
    ...state,
    turns: state.turns.map((turn) => ({
      ...turn,
      items: turn.items.toSorted((a, b) => a.item.id < b.item.id ? -1 : 1),
    })),
  };
}

/** Takes something out of an event, or puts something else in its place. */
function spoil(event: ThreadEvent, random: Random): void {
  let target = event.params as unknown as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(target);
    if (keys.length === 0) return;
    const key = keys[random.below(keys.length)]!;
    const value = target[key];
    if (typeof value === "object" && value !== null && random.chance(0.6)) {
      target = value as Record<string, unknown>;
      continue;
    }
    if (random.chance(0.5)) delete target[key];
    else target[key] = [null, 7, "x", {}, [], -1][random.below(6)];
    return;
  }
}
