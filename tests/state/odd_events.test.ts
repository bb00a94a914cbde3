import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { emptyThread, hydrate, reduce, type ThreadEvent, threadStore } from "@codex-app-server/sdk/state";
import { notification, turn } from "@codex-app-server/sdk/testing";
import { play } from "./conversation.ts";
import { connected, until } from "./stores.ts";

/** What is no time. The last ones throw when a number is wanted of them. */
const TIMES: readonly unknown[] = [
  null,
  "5",
  [],
  [7],
  {},
  true,
  1e999,
  { toString: 1, valueOf: null },
  deep(20_000, []),
];

/** An event as a server could send it, whatever its types say. */
function raw(method: string, params: object): ThreadEvent {
  return { method, params: { threadId: "thread-1", turnId: "turn-1", ...params } } as never;
}

const sleep = (id: string, startedAtMs: unknown, completedAtMs: unknown = null) => ({
  type: "sleep",
  id,
  startedAtMs,
  completedAtMs,
});
const begun = (id: string, at: unknown) => raw("item/started", { item: sleep(id, at) });
const ended = (id: string, from: unknown, to: unknown) => raw("item/completed", { item: sleep(id, from, to) });

/** A value with so many levels. */
function deep(levels: number, within: unknown): unknown {
  let value = within;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

describe("an odd event", () => {
  test("[M3] whose times are none goes where it came, and throws nothing", () => {
    for (const time of TIMES) {
      const turns = ["turn-0", "turn-1", "turn-2"].map((id) =>
        raw("turn/started", { turn: { id, status: "inProgress", startedAt: id === "turn-1" ? time : 5 } })
      );
      const events = [...turns, begun("a", 1), begun("b", time), begun("c", 2), begun("a", 1)];
      events.push(ended("b", time, time), ended("b", time, time), ended("a", 1, 9));
      const state = events.reduce(reduce, emptyThread("thread-1"));
      assertEquals(state.turns[1]!.items.map(({ item }) => item.id), ["a", "b", "c"]);
      const items = [sleep("b", time, time), sleep("d", time, time)];
      const stored = { id: "turn-1", status: "completed", startedAt: time, completedAt: time, items };
      assertEquals(hydrate(state, [stored] as never).turns.length, 3);
    }
  });

  test("[M3] deeper than the stack is looked through as far as that is possible", () => {
    for (const levels of [10, 10_000]) {
      const usage = () => raw("thread/tokenUsage/updated", { tokenUsage: deep(levels, 1) });
      const state = reduce(emptyThread("thread-1"), usage());
      assertEquals(reduce(state, usage()) === state, levels === 10);
    }
  });

  test("[M1] of this client's own kind, but not of its shape, changes nothing", () => {
    const before = play([notification("turn/started")]);
    const whole = { ...emptyThread("thread-1"), plan: null };
    const params: unknown[] = [
      undefined,
      null,
      ...[undefined, null, 7, {}, { ...whole, turns: null }, { ...whole, turns: [null] }, {
        ...whole,
        agents: { a: {} },
      }]
        .map((state) => ({ threadId: "thread-1", state })),
      ...[{ turn: {} }, { turn: { id: "t", status: "failed" }, items: [{}] }].map((each) => ({
        threadId: "thread-1",
        state: { ...whole, turns: [each] },
      })),
      ...[{ method: 7 }, { method: "x" }].map((each) => ({
        threadId: "thread-1",
        state: { ...whole, questions: [each] },
      })),
    ];
    for (const each of params) {
      assertStrictEquals(reduce(before, { method: "state/snapshot", params: each } as never), before);
      assertStrictEquals(reduce(before, { method: "message/sent", params: each } as never), before);
    }
    assertEquals(reduce(before, { method: "state/snapshot", params: { threadId: "thread-1", state: whole } }), whole);
  });

  test("[M9] does not end a store: it goes on with the next one", async () => {
    await using peer = await connected([]);
    const failures: unknown[] = [];
    const { thread: { id: threadId }, server, codex } = peer;
    using store = threadStore(codex, threadId, { history: 0, onError: (error) => failures.push(error) });
    const [connection] = server.connections;
    for (const method of ["thread/reverted", "item/started", "turn/completed", "connection/gap", "state/snapshot"]) {
      for (const params of [undefined, null, 7, [], {}]) {
        connection!.sendRaw(`${JSON.stringify({ method, params })}\n`);
      }
    }
    connection!.notify("thread/name/updated", { threadId, threadName: "odd" });
    connection!.notify("turn/started", { threadId, turn: turn({ id: "turn-1", status: "inProgress" }) });
    await until(store, ({ turns }) => turns.length === 1);
    assertEquals(failures, []);
  });
});
