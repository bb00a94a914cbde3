import { emptyThread, reduce, type ThreadEvent, type ThreadState, threadStore } from "@codex-app-server/sdk/state";
import { notification } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { connected, until } from "./stores.ts";

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

describe("a store", () => {
  for (const [name, options, frameMs] of [["a frame", {}, 16], ["what it is told", { frameMs: 40 }, 40]] as const) {
    test(`[M9] tells its listeners the state: at once, and at most once in ${name}`, async () => {
      const source = new Source();
      using store = threadStore(source, "thread-1", options);
      const states: ThreadState[] = [];
      const begin = performance.now();
      const stop = store.subscribe((state) => states.push(state));
      assertEquals(states, [store.getSnapshot()]);
      for (let n = 0; n < 2000; n++) {
        source.send(delta("x"));
        if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await until(store, (state) => textOf(state).length === 2000);
      const frames = Math.ceil((performance.now() - begin) / frameMs);
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
  }

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

  test("[W7] [W8] an option that there is not is a TypeError, a number out of its range a RangeError; nothing is opened", () => {
    const source = new Source();
    const make = (options: object) => () => threadStore(source, "thread-1", options);
    assertThrows(make({ histroy: 1 }), TypeError, "Did you mean history?");
    assertThrows(make({ onError: true }), TypeError, "onError");
    for (const name of ["history", "frameMs"]) {
      assertThrows(make({ [name]: "5" }), TypeError, name);
      for (const value of [-1, NaN, -Infinity]) assertThrows(make({ [name]: value }), RangeError, name);
    }
    // A timer takes no more, and would fire at once.
    for (const value of [Infinity, 2 ** 31]) assertThrows(make({ frameMs: value }), RangeError, "frameMs");
    make({ history: Infinity, frameMs: 2 ** 31 - 1, state: undefined })()[Symbol.dispose]();
  });

  test("a reader that stops before it has read anything is at its end", async () => {
    using store = threadStore(new Source(), "thread-1", { frameMs: 0 });
    const events = store.events();
    assertEquals((await events.return?.())?.done, true);
    assertEquals((await events.next()).done, true);
  });
});

/** What comes out at the other end of a connection. */
async function* overTheWire(events: AsyncIterable<ThreadEvent>): AsyncGenerator<ThreadEvent> {
  for await (const event of events) yield JSON.parse(JSON.stringify(event));
}
