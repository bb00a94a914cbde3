import { threadStore } from "@codex-app-server/sdk/state";
import { ThreadReadResponseSchema, type Turn } from "@codex-app-server/sdk/protocol";
import { item, sample, serverRequestParams, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { play } from "./conversation.ts";
import { connected, stored, until } from "./stores.ts";

const COMMAND = "item/commandExecution/requestApproval";

describe("what a store loads", () => {
  test("[M9] loads the stored turns and the record, and goes on with what happens", async () => {
    await using peer = await connected(stored(60));
    using store = threadStore(peer.codex, peer.thread.id, { history: 40 });
    assertEquals(store.getSnapshot().gap, { turnId: null });
    const state = await until(store, ({ gap }) => gap === null);
    assertEquals([state.thread?.name, state.turns.length, state.turns[0]!.turn.id], ["stored", 40, "turn-020"]);
    peer.server.notify("turn/started", { threadId: peer.thread.id, turn: turn({ id: "new", status: "inProgress" }) });
    const next = await until(store, ({ turns }) => turns.at(-1)!.turn.id === "new");
    assertStrictEquals(next.turns[0], state.turns[0]);
    const lists = peer.server.messages.filter(({ method }) => method === "thread/turns/list");
    assertEquals(lists.map(({ params }) => (params as { limit: number }).limit), [25, 15]);
  });

  test("[M9] begins with a state that it is given, and loads nothing then", async () => {
    await using peer = await connected(stored(3));
    const state = play([], { ...play([]), threadId: peer.thread.id });
    using store = threadStore(peer.codex, peer.thread.id, { state });
    assertStrictEquals(store.getSnapshot(), state);
    using other = threadStore(peer.codex, peer.thread.id, { history: 0 });
    assertEquals(other.getSnapshot().gap, null);
    await peer.codex.request("thread/read", { threadId: peer.thread.id });
    assertEquals(peer.server.messages.filter(({ method }) => method === "thread/turns/list").length, 0);
  });

  test("[M7] of a sub-agent that was begun unseen, and that works on, the beginning is loaded", async () => {
    const spawn = item("collabAgentToolCall", { id: "call", tool: "spawnAgent", receiverThreadIds: ["child"] });
    const parent = [turn({ id: "turn-1", status: "completed", items: [spawn] as never })];
    await using peer = await connected(parent);
    using store = threadStore(peer.codex, peer.thread.id);
    const { agents } = await until(store, ({ gap, turns }) => gap === null && turns.length === 1);
    assertEquals(agents["child"]?.gap, { turnId: null });
    const asked: string[] = [];
    const [first, second] = ["c1", "c2"].map((id) =>
      item("agentMessage", { id, text: id, startedAtMs: 1, completedAtMs: 1 })
    );
    peer.server.onRequest("thread/turns/list", ({ threadId }) => {
      asked.push(threadId);
      const child = turn({ id: "turn-c", status: "inProgress", items: [first, second] as never });
      return { data: threadId === "child" ? [child] : [...parent] };
    });
    const where = { threadId: "child", turnId: "turn-c" };
    for (let n = 0; n < 2; n++) peer.server.notify("item/started", { ...where, startedAtMs: 1, item: second as never });
    const { agents: { child } } = await until(store, (state) => state.agents["child"]?.gap === null);
    assertEquals(child?.turns.map(({ items }) => items.map(({ item: { id } }) => id)), [["c1", "c2"]]);
    assertEquals(asked, ["child"]);
  });

  test("[M7] a thread of which nothing can be loaded says so, and shows what happens", async () => {
    await using peer = await connected([]);
    peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.fail(-32000, "disk is gone"));
    const errors: unknown[] = [];
    const told = deferred<void>();
    using store = threadStore(peer.codex, peer.thread.id, {
      onError: (error) => {
        errors.push(error);
        told.resolve();
      },
    });
    await told.promise;
    assertEquals([errors.length, String(errors[0]).includes("disk is gone")], [1, true]);
    assertEquals(store.getSnapshot().gap, { turnId: null });
    peer.server.notify("turn/started", { threadId: peer.thread.id, turn: turn({ id: "new", status: "inProgress" }) });
    await until(store, ({ turns }) => turns.length === 1);
  });

  test("[M7] a thread that the server is about to store is waited for; one that it never stores is not", async () => {
    await using peer = await connected(stored(1));
    let asked = 0;
    peer.server.onRequest("thread/turns/list", (_params, ctx) => {
      if (++asked < 3) return ctx.fail(-32601, "list_turns is not supported yet");
      return { data: stored(1) };
    });
    using late = threadStore(peer.codex, peer.thread.id);
    await until(late, ({ gap, turns }) => gap === null && turns.length === 1);
    for (const record of [{ ephemeral: true, preview: "hi" }, { ephemeral: false, preview: "" }]) {
      peer.server.onRequest(
        "thread/read",
        ({ threadId }) => sample(ThreadReadResponseSchema, { thread: { id: threadId, ...record } }),
      );
      peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.fail(-32600, "there are none"));
      using none = threadStore(peer.codex, peer.thread.id);
      await until(none, ({ gap }) => gap === null);
    }
  });

  test("[M7] a last turn that is stored without its end is looked at once more: it may run, or have just ended", async () => {
    for (const then of ["inProgress", "interrupted"] as const) {
      await using peer = await connected([]);
      let asked = 0;
      peer.server.onRequest("thread/turns/list", () => {
        const [last] = stored(1);
        return { data: [{ ...last!, status: ++asked === 1 ? "interrupted" : then, completedAt: null }] };
      });
      using store = threadStore(peer.codex, peer.thread.id);
      const { turns } = await until(store, ({ gap }) => gap === null);
      assertEquals([turns.at(-1)!.turn.status, asked], [then, 2]);
    }
  });

  test("[M6] shows what was asked before it and what is asked later, until it is answered", async () => {
    await using peer = await connected([], { handlers: { [COMMAND]: (_params, ctx) => ctx.defer() } });
    const params = (itemId: string) =>
      serverRequestParams(COMMAND, { threadId: peer.thread.id, turnId: "turn-1", itemId });
    const seen = peer.codex.events();
    const first = peer.server.ask(COMMAND, params("early"));
    await seen.next();
    await seen.return?.();
    using store = threadStore(peer.codex, peer.thread.id, { history: 0 });
    assertEquals(store.getSnapshot().questions.map(({ method }) => method), [COMMAND]);
    const second = peer.server.ask(COMMAND, params("late"));
    const { questions } = await until(store, ({ questions }) => questions.length === 2);
    for (const { id } of questions) {
      peer.codex.answer<typeof COMMAND>(id, { decision: "accept" });
      peer.server.notify("serverRequest/resolved", { threadId: peer.thread.id, requestId: id });
    }
    await until(store, ({ questions }) => questions.length === 0);
    assertEquals([await first, await second], [{ decision: "accept" }, { decision: "accept" }]);
  });

  test("[M7] shows a gap, and closes it by what is stored, as far back as it must", async () => {
    const turns = stored(90);
    const all: Turn[] = turns.slice(0, 3);
    await using peer = await connected(all, { reconnect: { initialDelayMs: 1, maxDelayMs: 5 } });
    using store = threadStore(peer.codex, peer.thread.id);
    await until(store, ({ gap, turns }) => gap === null && turns.length === 3);
    all.push(...turns.slice(3));
    const seen = deferred<void>();
    peer.server.onRequest("thread/read", async ({ threadId }) => {
      await seen.promise;
      return sample(ThreadReadResponseSchema, { thread: { id: threadId } });
    });
    await peer.server.connection.die();
    assertEquals((await until(store, ({ gap }) => gap !== null)).gap, { turnId: "turn-002" });
    seen.resolve();
    const state = await until(store, ({ gap, turns }) => gap === null && turns.length === 90);
    assertEquals(state.turns.map(({ turn }) => turn.id), turns.map(({ id }) => id));
  });

  test("[M7] a connection that is lost for good leaves a gap, and says why", async () => {
    await using peer = await connected([]);
    const errors: unknown[] = [];
    using store = threadStore(peer.codex, peer.thread.id, { history: 0, onError: (error) => errors.push(error) });
    await peer.server.connection.die();
    await until(store, ({ gap }) => gap !== null);
    assertEquals(errors.map((error) => (error as { code?: string }).code), ["TRANSPORT_CLOSED"]);
  });
});
