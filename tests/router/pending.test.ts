import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { PendingRequests } from "../../src/router/pending.ts";

type Sent = { id: number; method: string; params?: unknown };

function setUp(window: number, write: (message: Sent) => Promise<void> = () => Promise.resolve()) {
  const sent: Sent[] = [];
  const busy: boolean[] = [];
  const pending = new PendingRequests(window, (message) => {
    sent.push(message);
    return write(message);
  }, (value) => busy.push(value));
  const answer = (id: number) => pending.resolve(id, id);
  return { pending, sent, busy, answer, methods: () => sent.map(({ method }) => method) };
}

describe("PendingRequests", () => {
  test("[Q6] at most `window` requests are in flight, and the rest follow in order", async () => {
    const { pending, answer, methods } = setUp(2);
    pending.resume();
    const all = ["a", "b", "c", "d"].map((method) => pending.request(method, undefined));
    assertEquals(methods(), ["a", "b"]);
    assertEquals(answer(2), "settled");
    assertEquals(methods(), ["a", "b", "c"]);
    for (const id of [1, 3, 4]) answer(id);
    assertEquals(await Promise.all(all), [1, 2, 3, 4]);
    assertEquals([pending.size, methods()], [0, ["a", "b", "c", "d"]]);
  });

  test("[Q6] an urgent request goes past the queue and the window; a handshake past the pause", async () => {
    const { pending, answer, methods } = setUp(1);
    const shake = pending.request("initialize", {}, { priority: "handshake" });
    const first = pending.request("a", undefined);
    const urgent = pending.request("turn/interrupt", {}, { priority: "urgent" });
    assertEquals(methods(), ["initialize"]);
    answer(1);
    await shake;
    pending.resume();
    assertEquals(methods(), ["initialize", "a"]);
    const more = pending.request("turn/interrupt", {}, { priority: "urgent" });
    assertEquals(methods(), ["initialize", "a", "turn/interrupt"]);
    for (const id of [2, 4, 3]) answer(id);
    await Promise.all([first, urgent, more]);
  });

  test("[Q2] one that is aborted while it waits is never sent; one that was sent keeps its place until it is answered", async () => {
    const { pending, answer, methods } = setUp(1);
    pending.resume();
    const reason = new Error("no");
    const queued = new AbortController();
    const flying = new AbortController();
    const first = pending.request("a", undefined, { signal: flying.signal });
    const second = pending.request("b", undefined, { signal: queued.signal });
    const third = pending.request("c", undefined);
    queued.abort(reason);
    flying.abort(reason);
    assertStrictEquals(await first.catch((error) => error), reason);
    assertStrictEquals(await second.catch((error) => error), reason);
    assertEquals([methods(), pending.abandoned], [["a"], 1]);
    assertEquals(answer(1), "late");
    assertEquals([methods(), pending.abandoned], [["a", "c"], 0]);
    answer(3);
    await third;
    assertEquals(answer(1), "unknown");
  });

  test("[T9] keepWhenSent: aborted while it waits it is not sent, later it is answered all the same", async () => {
    const { pending, answer } = setUp(1);
    pending.resume();
    const controller = new AbortController();
    const options = { signal: controller.signal, keepWhenSent: true };
    const sent = pending.request("a", undefined, options);
    const queued = pending.request("b", undefined, options);
    controller.abort(new Error("no"));
    await assertRejects(() => queued, Error, "no");
    answer(1);
    assertEquals(await sent, 1);
  });

  test("[L13] a pause fails what was sent, keeps what was not, and forgets the abandoned", async () => {
    const { pending, answer, methods } = setUp(1);
    pending.resume();
    const lost = new Error("lost");
    const sent = pending.request("a", undefined);
    const waiting = pending.request("b", undefined);
    pending.pause(lost);
    assertStrictEquals(await sent.catch((error) => error), lost);
    assertEquals([methods(), pending.size], [["a"], 1]);
    pending.resume();
    assertEquals(methods(), ["a", "b"]);
    answer(2);
    assertEquals(await waiting, 2);
  });

  test("[L5] failAll empties every table and says that nothing is busy", async () => {
    const { pending, busy } = setUp(1);
    pending.resume();
    const gone = new Error("gone");
    const all = ["a", "b"].map((method) => pending.request(method, undefined, { timeoutMs: 60_000 }));
    pending.failAll(gone);
    for (const each of all) assertStrictEquals(await each.catch((error) => error), gone);
    assertEquals([pending.size, pending.abandoned, busy], [0, 0, [true, false]]);
  });

  test("[F9] a write error rejects its own request", async () => {
    const { pending } = setUp(
      4,
      ({ method }) => method === "bad" ? Promise.reject(new Error("EPIPE")) : Promise.resolve(),
    );
    pending.resume();
    const good = pending.request("good", undefined);
    await assertRejects(() => pending.request("bad", undefined), Error, "EPIPE");
    assertEquals(pending.size, 1);
    pending.failAll(new Error("end"));
    await assertRejects(() => good, Error, "end");
  });
});
