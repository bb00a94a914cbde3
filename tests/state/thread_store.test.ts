import { Codex, type CodexOptions } from "@codex-app-server/sdk";
import { emptyThread, reduce, type ThreadEvent, type ThreadState, threadStore } from "@codex-app-server/sdk/state";
import { ThreadReadResponseSchema, ThreadResumeResponseSchema, type Turn } from "@codex-app-server/sdk/protocol";
import {
  item,
  notification,
  sample,
  ScriptedAppServer,
  serverRequestParams,
  turn,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { play } from "./conversation.ts";

const COMMAND = "item/commandExecution/requestApproval";

/** Events that a test sends by hand. */
class Source implements AsyncIterableIterator<ThreadEvent> {
  readonly #waiting: ThreadEvent[] = [];
  readonly #readers: ((result: IteratorResult<ThreadEvent>) => void)[] = [];
  ended = false;

  send(...events: ThreadEvent[]): void {
    for (const event of events) {
      const reader = this.#readers.shift();
      if (reader === undefined) this.#waiting.push(event);
      else reader({ done: false, value: event });
    }
  }

  next(): Promise<IteratorResult<ThreadEvent>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<ThreadEvent>> {
    this.ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const delta = (text: string) => notification("item/agentMessage/delta", { delta: text });
const textOf = ({ turns }: ThreadState) => {
  const [only] = turns.flatMap(({ items }) => items);
  return only?.item.type === "agentMessage" ? only.item.text : "";
};

/** Waits until the state of a store is as it should be. */
function until(store: ReturnType<typeof threadStore>, holds: (state: ThreadState) => boolean): Promise<ThreadState> {
  const { promise, resolve, reject } = deferred<ThreadState>();
  const late = setTimeout(
    () => reject(new Error(`It did not come to it: ${JSON.stringify(store.getSnapshot())}`)),
    30_000,
  );
  const stop = store.subscribe((state) => void (holds(state) && resolve(state)));
  return promise.finally(() => {
    clearTimeout(late);
    stop();
  });
}

/** A client of a scripted server with one thread whose turns are stored. */
async function connected(turns: readonly Turn[], options: CodexOptions = {}) {
  const server = new ScriptedAppServer();
  server.onRequest(
    "thread/read",
    ({ threadId }) => sample(ThreadReadResponseSchema, { thread: { id: threadId, name: "stored", preview: "hi" } }),
  );
  server.onRequest("thread/turns/list", ({ cursor, limit }) => {
    const from = Number(cursor ?? 0);
    const data = [...turns].reverse().slice(from, from + (limit ?? 1));
    const next = from + data.length;
    return { data, nextCursor: next < turns.length ? String(next) : null };
  });
  server.onRequest("thread/resume", ({ threadId }) => sample(ThreadResumeResponseSchema, { thread: { id: threadId } }));
  const codex = new Codex({ transport: () => server.connect(), ...options });
  const thread = await codex.threadStart();
  return {
    server,
    codex,
    thread,
    async [Symbol.asyncDispose]() {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const stored = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    turn({
      id: `turn-${String(n).padStart(3, "0")}`,
      status: "completed",
      startedAt: 1000 + n,
      items: [item("agentMessage", { id: `m${n}`, text: `${n}` })] as never,
    }));

describe("a store", () => {
  test("[M9] tells its listeners the state: at once, and at most once a frame", async () => {
    const source = new Source();
    using store = threadStore(source, "thread-1", { frameMs: 20 });
    const states: ThreadState[] = [];
    const begin = performance.now();
    const stop = store.subscribe((state) => states.push(state));
    assertEquals(states, [store.getSnapshot()]);
    for (let n = 0; n < 2000; n++) {
      source.send(delta("x"));
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await until(store, (state) => textOf(state).length === 2000);
    const frames = Math.ceil((performance.now() - begin) / 20);
    assert(states.length >= 2 && states.length <= frames + 2, `${states.length} calls in ${frames} frames`);
    assertStrictEquals(states.at(-1), store.getSnapshot());
    assertStrictEquals(store.getSnapshot(), store.getSnapshot());
    stop();
    stop();
    const before = states.length;
    source.send(delta("y"));
    await until(store, (state) => textOf(state).endsWith("y"));
    assertEquals(states.length, before);
  });

  test("[M9] what changes nothing tells nobody", async () => {
    const source = new Source();
    using store = threadStore(source, "thread-1", { frameMs: 0 });
    let calls = 0;
    store.subscribe(() => calls++);
    const before = store.getSnapshot();
    source.send(notification("warning"), notification("item/agentMessage/delta", { threadId: "thread-9" }));
    source.send(notification("thread/started", { thread: { name: "last" } }));
    await until(store, ({ thread }) => thread?.name === "last");
    assertEquals(calls, 2);
    assert(store.getSnapshot() !== before);
  });

  test("[M9] its methods need no `this`; the same listener twice is two; one that throws stops no other", async () => {
    const source = new Source();
    using store = threadStore(source, "thread-1", { frameMs: 0 });
    const { subscribe, getSnapshot, update } = store;
    let calls = 0;
    const listener = () => void calls++;
    const [first, second] = [subscribe(listener), subscribe(listener)];
    assertEquals(calls, 2);
    update((state) => ({ ...state, gap: { turnId: "x" } }));
    assertEquals(getSnapshot().gap, { turnId: "x" });
    await until(store, ({ gap }) => gap !== null);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(calls, 4);
    first();
    update((state) => ({ ...state, gap: null }));
    await until(store, ({ gap }) => gap === null);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(calls, 5);
    second();
    assertThrows(
      () =>
        subscribe(() => {
          throw new Error("its own");
        }),
      Error,
      "its own",
    );
  });

  test("[M9] ends with dispose: its stream is given back, and nobody is told any more", async () => {
    const source = new Source();
    const store = threadStore(source, "thread-1", { frameMs: 0 });
    let calls = 0;
    store.subscribe(() => calls++);
    source.send(delta("a"));
    await until(store, (state) => textOf(state) === "a");
    const before = calls;
    store.update((state) => ({ ...state, gap: { turnId: null } }));
    store[Symbol.dispose]();
    store[Symbol.dispose]();
    assertEquals(source.ended, true);
    source.send(delta("b"));
    store.update((state) => ({ ...state, gap: null }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals([calls, textOf(store.getSnapshot()), store.getSnapshot().gap], [before, "a", { turnId: null }]);
    const last = store.events();
    assertEquals([(await last.next()).value?.method, (await last.next()).done], ["state/snapshot", true]);
  });

  test("[M9] a thousand stores of one client leave nothing behind", async () => {
    await using peer = await connected([]);
    const opened: { ended: boolean }[] = [];
    const counted = {
      request: peer.codex.request.bind(peer.codex),
      pendingServerRequests: () => peer.codex.pendingServerRequests(),
      events: () => {
        const events = peer.codex.events();
        const entry = { ended: false };
        opened.push(entry);
        const give = events.return!.bind(events);
        events.return = () => {
          entry.ended = true;
          return give();
        };
        return events;
      },
    };
    for (let n = 0; n < 1000; n++) threadStore(counted, peer.thread.id, { history: 0 })[Symbol.dispose]();
    assertEquals([opened.length, opened.filter(({ ended }) => !ended).length], [1000, 0]);
  });

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

  test("[M9] its events carry the state elsewhere: first whole, then piece by piece", async () => {
    const source = new Source();
    using here = threadStore(source, "thread-1", { frameMs: 0 });
    source.send(delta("Hel"));
    await until(here, (state) => textOf(state) === "Hel");
    using there = threadStore(overTheWire(here.events()), "thread-1", { frameMs: 0 });
    await until(there, (state) => textOf(state) === "Hel");
    source.send(delta("lo"), notification("warning"), delta(" you"));
    await until(there, (state) => textOf(state) === "Hello you");
    assertEquals(there.getSnapshot(), here.getSnapshot());
    here.update((state) => ({ ...state, gap: { turnId: null } }));
    assertEquals((await until(there, ({ gap }) => gap !== null)).turns, here.getSnapshot().turns);
  });

  test("[M9] without a source it is changed by `update` alone", async () => {
    using store = threadStore(null, "thread-1", { frameMs: 0 });
    assertEquals(store.getSnapshot(), emptyThread("thread-1"));
    const told: string[] = [];
    const twice = deferred<void>();
    store.subscribe((state) => void (told.push(textOf(state)) === 2 && twice.resolve()));
    for (const text of ["Hel", "lo"]) store.update((state) => reduce(state, delta(text)));
    await twice.promise;
    assertEquals(told, ["", "Hello"]);
  });

  test("[M9] a reader of its events that falls behind gets the state instead of what it missed", async () => {
    const source = new Source();
    using store = threadStore(source, "thread-1", { frameMs: 0 });
    const events = store.events();
    assertEquals((await events.next()).value.method, "state/snapshot");
    for (let n = 0; n < 5000; n++) source.send(delta("x"));
    await until(store, (state) => textOf(state).length === 5000);
    const { value } = await events.next();
    assertEquals([value.method, textOf(value.params.state).length], ["state/snapshot", 5000]);
    source.send(delta("y"));
    assertEquals((await events.next()).value.method, "item/agentMessage/delta");
    const waiting = events.next();
    store[Symbol.dispose]();
    assertEquals((await waiting).done, true);
    assertEquals((await events.next()).done, true);
  });
});

/** What comes out at the other end of a connection. */
async function* overTheWire(events: AsyncIterable<ThreadEvent>): AsyncGenerator<ThreadEvent> {
  for await (const event of events) yield JSON.parse(JSON.stringify(event));
}
