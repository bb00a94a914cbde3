import { ActiveTurnError, type Thread, TimeoutError } from "@codex-app-server/sdk";
import { type ScriptedTurn, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { type Deferred, deferred } from "../../src/util/deferred.ts";
import { type Scripted, scripted } from "./scripted.ts";

/** Turns that run until they are told to end; a thread of its own for each. */
async function held(peer: Scripted, count: number) {
  const running = new Map<string, { readonly playing: ScriptedTurn; readonly end: Deferred<void> }>();
  const seen: string[] = [];
  let most = 0;
  scriptTurns(peer.server, async (playing) => {
    const end = deferred<void>();
    playing.signal.addEventListener("abort", () => end.resolve());
    running.set(playing.threadId, { playing, end });
    seen.push(playing.threadId);
    most = Math.max(most, running.size);
    await end.promise;
    running.delete(playing.threadId);
  });
  const threads = await Promise.all(Array.from({ length: count }, () => peer.codex.threadStart()));
  return { threads, running, seen, most: () => most, end: (thread: Thread) => running.get(thread.id)!.end.resolve() };
}

/** Resolves when the server has got so many requests of this method. */
async function got({ server, codex }: Scripted, method: string, count: number): Promise<void> {
  server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
  while (server.messages.filter((message) => message.method === method).length < count) await codex.models();
}

const starts = ({ server }: Scripted) => server.messages.filter(({ method }) => method === "turn/start").length;

describe("maxConcurrentTurns", () => {
  test("[V10] further turns wait, and begin in the order in which they were asked for", async () => {
    await using peer = scripted({ maxConcurrentTurns: 2 });
    const { threads, seen, most, end } = await held(peer, 6);
    const runs = threads.map((thread) => thread.run("go"));
    for (let n = 0; n < 6; n++) {
      await got(peer, "turn/start", Math.min(n + 2, 6));
      await got(peer, "model/list", n * 2 + 20); // nothing more is on its way
      assertEquals(starts(peer), Math.min(n + 2, 6));
      end(threads[n]!);
      assertEquals((await runs[n]!).status, "completed");
    }
    assertEquals([seen, most()], [threads.map(({ id }) => id), 2]);
  });

  test("[V10] one that waits can be given up, its deadline counts meanwhile, and nothing of it is sent", async () => {
    await using peer = scripted({ maxConcurrentTurns: 1 });
    const { threads, end } = await held(peer, 4);
    const [one, two, three, four] = threads as [Thread, Thread, Thread, Thread];
    const first = one.run("go");
    await got(peer, "turn/start", 1);
    const stop = new AbortController();
    const given = two.run("never", { signal: stop.signal });
    const late = await assertRejects(() => three.run("never", { timeoutMs: 20 }), TimeoutError, "it had not begun");
    assertEquals(late.kind, "turn");
    const reason = new Error("enough");
    stop.abort(reason);
    assertStrictEquals(await given.catch((error) => error), reason);
    const last = four.run("go");
    end(one);
    await first;
    await got(peer, "turn/start", 2);
    end(four);
    await last;
    assertEquals(starts(peer), 2);
  });

  test("[V10] a place is given back by a turn that fails to start, is given up, or is interrupted", async () => {
    await using peer = scripted({ maxConcurrentTurns: 1 });
    const { threads, running } = await held(peer, 2);
    const [one, two] = threads as [Thread, Thread];
    await assertRejects(() =>
      one.turn("no", { outputSchema: { type: "object", properties: { a: { type: "nonsense" } } } })
    );
    await assertRejects(() => one.turn("no", { effort: 7 as never }));
    const stop = new AbortController();
    const given = await one.turn("go", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assertRejects(() => given.run(), Error, "enough");
    const second = await two.turn("go");
    await second.interrupt();
    assertEquals((await second.run()).status, "interrupted");
    const third = await one.turn("go");
    assertEquals(running.size, 1);
    await third.interrupt();
    await third.run();
  });

  test("[V10] to join a turn that runs needs no place", async () => {
    await using peer = scripted({ maxConcurrentTurns: 1 });
    const { threads, end } = await held(peer, 1);
    const [one] = threads as [Thread];
    const first = await one.turn("go");
    const joined = await one.turn("and this");
    assertEquals(joined.id, first.id);
    end(one);
    await Promise.all([first.run(), joined.run()]);
  });

  test("[V10] compactions and reviews have their places as well", async () => {
    await using peer = scripted({ maxConcurrentTurns: 1 });
    const { threads, end } = await held(peer, 3);
    const [one, two, three] = threads as [Thread, Thread, Thread];
    peer.server.onRequest("thread/compact/start", ({ threadId }, ctx) => {
      ctx.reply({});
      const item = { type: "contextCompaction", id: "c" } as const;
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "c", status: "inProgress" }) });
      ctx.connection.notify("item/started", { threadId, turnId: "c", item, startedAtMs: 0 });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "c" }) });
    });
    peer.server.onRequest("review/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "r", status: "inProgress" }), reviewThreadId: threadId });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "r" }) });
    });
    const first = one.run("go");
    await got(peer, "turn/start", 1);
    const compaction = two.compact();
    const review = three.review({ type: "uncommittedChanges" });
    await got(peer, "model/list", 20);
    const others = () => peer.server.messages.filter(({ method }) => /compact|review/.test(method)).length;
    assertEquals(others(), 0);
    end(one);
    await Promise.all([first, compaction, review.then((handle) => handle.run())]);
    assertEquals(others(), 2);
    const last = one.run("go");
    await got(peer, "turn/start", 2);
    end(one);
    await last;
  });
});

describe("what is asked of one thread", () => {
  test("[W5] goes out in the order of the calls, each when the one before is answered", async () => {
    await using peer = scripted();
    const replies: Deferred<void>[] = [];
    peer.server.onRequest("turn/start", async ({ threadId }, ctx) => {
      const reply = deferred<void>();
      replies.push(reply);
      await reply.promise;
      ctx.reply({ turn: turn({ id: "t", status: "inProgress" }) });
      if (replies.length === 2) ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    peer.server.onRequest("thread/turns/list", () => ({ data: [] }));
    const thread = await peer.codex.threadStart();
    const stop = new AbortController();
    const one = thread.turn("one");
    const two = thread.turn("two", { signal: stop.signal });
    await got(peer, "turn/start", 1);
    await got(peer, "model/list", 20);
    assertEquals(starts(peer), 1);
    await assertRejects(() => thread.compact(), ActiveTurnError, "a turn");
    replies[0]!.resolve();
    await got(peer, "turn/start", 2);
    // The second one has joined the first, whatever comes of it.
    stop.abort(new Error("enough"));
    await assertRejects(() => two, Error, "enough");
    replies[1]!.resolve();
    assertEquals((await (await one).run()).status, "completed");
    assert(!peer.server.messages.some(({ method }) => method === "turn/interrupt"));
  });

  test("[W5] a compaction whose first caller gives up before it is sent is still done for the others", async () => {
    await using peer = scripted({ maxConcurrentTurns: 1 });
    const { threads, end } = await held(peer, 2);
    const [one, two] = threads as [Thread, Thread];
    peer.server.onRequest("thread/compact/start", ({ threadId }, ctx) => {
      ctx.reply({});
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "c", status: "inProgress" }) });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "c" }) });
    });
    const first = one.run("go");
    await got(peer, "turn/start", 1);
    const stop = new AbortController();
    const given = two.compact({ signal: stop.signal });
    const other = two.compact();
    stop.abort(new Error("enough"));
    await assertRejects(() => given, Error, "enough");
    end(one);
    assertEquals(await other, {});
    await first;
    // Given up by everybody, it is not sent.
    const again = one.run("go");
    await got(peer, "turn/start", 2);
    const late = two.compact({ timeoutMs: 20 });
    await assertRejects(() => late, TimeoutError, "thread.compact");
    end(one);
    await again;
    assertEquals(peer.server.messages.filter(({ method }) => method === "thread/compact/start").length, 1);
  });

  test("[W5] work whose end nobody told is forgotten when the server says that nothing runs", async () => {
    await using peer = scripted({ limits: { silenceMs: 20 } });
    peer.server.onRequest("thread/compact/start", () => ({}));
    scriptTurns(peer.server, () => {});
    const thread = await peer.codex.threadStart();
    const lost = assertRejects(() => thread.compact(), Error, "Nothing runs in thread");
    assertEquals((await thread.run("go")).status, "completed");
    await lost;
    // Another client's turn that was seen to begin, and not to end.
    peer.server.connections[0]!.notify("turn/started", {
      threadId: thread.id,
      turn: turn({ id: "x", status: "inProgress" }),
    });
    peer.server.onRequest("review/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "r", status: "inProgress" }), reviewThreadId: threadId });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "r" }) });
    });
    const review = await thread.review({ type: "uncommittedChanges" });
    assertEquals((await review.run()).status, "completed");
  });

  test("[W5] input is sent again when the server says that what takes none runs, and that is over", async () => {
    await using peer = scripted();
    let asked = 0;
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      if (++asked === 1) {
        const message = "ActiveTurnNotSteerable { turn_kind: Compact }";
        ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "c", status: "inProgress" }) });
        const item = { type: "contextCompaction", id: "c" } as const;
        ctx.connection.notify("item/started", { threadId, turnId: "c", item, startedAtMs: 0 });
        ctx.fail(-32603, message);
        ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "c" }) });
        return;
      }
      ctx.reply({ turn: turn({ id: "t", status: "inProgress" }) });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    peer.server.onRequest("thread/turns/list", () => ({ data: [] }));
    const thread = await peer.codex.threadStart();
    assertEquals((await thread.run("go")).id, "t");
  });
});
