import { type Codex, finalResponse, ProtocolError, TimeoutError, TransportClosedError } from "@codex-app-server/sdk";
import { type Thread, ThreadSchema } from "@codex-app-server/sdk/protocol";
import { item, notification, sample, turn } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { type Deferred, deferred } from "../../src/util/deferred.ts";
import { collect, methods, type Scripted, scripted } from "./scripted.ts";

/** Resolves when everything that the client has sent so far has been answered. */
async function roundTrip(codex: Codex): Promise<void> {
  await codex.models();
}

function threadWith(id: string, status: "active" | "idle"): Thread {
  return sample(ThreadSchema, { id, status: status === "idle" ? { type: status } : { type: status, activeFlags: [] } });
}

/** Turns begin, and are over without a word. */
function endsUntold({ server }: Scripted): void {
  server.onRequest("turn/start", ({ threadId }, ctx) => {
    ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
    ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "t1", status: "inProgress" }) });
    ctx.connection.notify("thread/status/changed", { threadId, status: { type: "idle" } });
  });
}

const MODELS = () => ({ data: [], nextCursor: null });

describe("a turn whose end is lost", () => {
  const items = [item("agentMessage", { id: "m1", text: "stored" })];

  test("[T11] is read from the stored turns when its thread is idle without a completion", async () => {
    await using peer = scripted();
    endsUntold(peer);
    peer.server.onRequest("thread/turns/list", () => ({ data: [turn({ id: "t1", items, itemsView: "full" })] }));
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [done, events] = await Promise.all([handle.run(), collect(handle.stream())]);
    assertEquals([done.status, finalResponse(done)], ["completed", "stored"]);
    assertEquals(methods(events).at(-1), "turn/completed");
    assert(peer.diagnostics.some(({ type }) => type === "turn-reconciled"));
  });

  test("[T2] an idle thread is no end of its turn: while the server's stored turns say that it runs, it does", async () => {
    await using peer = scripted();
    endsUntold(peer);
    const asked = deferred<void>();
    peer.server.onRequest("thread/turns/list", () => {
      asked.resolve();
      return { data: [turn({ id: "t1", status: "inProgress", completedAt: null })] };
    });
    peer.server.onRequest("model/list", MODELS);
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("hi");
    let over = false;
    const run = handle.run().finally(() => over = true);
    await asked.promise;
    await roundTrip(peer.codex);
    assertEquals(over, false);
    peer.server.notify("turn/completed", { threadId: thread.id, turn: turn({ id: "t1" }) });
    assertEquals([(await run).status, peer.diagnostics], ["completed", []]);
  });

  test("[T11] one that a later turn has left behind is over, though it is told as running", async () => {
    await using peer = scripted();
    endsUntold(peer);
    const running = (id: string) => turn({ id, status: "inProgress", completedAt: null, rootTurnId: id });
    peer.server.onRequest("thread/turns/list", () => ({ data: [running("t2"), running("t1")] }));
    const done = await (await (await peer.codex.threadStart()).turn("hi")).run();
    assertEquals(done.status, "interrupted");
  });

  test("[T11] stored without its end, it is looked at once more before it counts as interrupted", async () => {
    for (
      const then of [{ status: "completed", completedAt: 2 }, { status: "interrupted", completedAt: null }] as const
    ) {
      await using peer = scripted();
      endsUntold(peer);
      let asked = 0;
      peer.server.onRequest("thread/turns/list", () => {
        const end = ++asked === 1 ? { status: "interrupted", completedAt: null } as const : then;
        return { data: [turn({ id: "t1", items, itemsView: "full", ...end })] };
      });
      const done = await (await (await peer.codex.threadStart()).turn("hi")).run();
      assertEquals([done.status, asked], [then.status, 2]);
    }
  });

  test("[T11] is asked for after silence, and goes on if it still runs", async () => {
    await using peer = scripted({ limits: { silenceMs: 10 } });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "t1", status: "inProgress" }) });
    });
    peer.server.onRequest("thread/read", ({ threadId }) => ({ thread: threadWith(threadId, "active") }));
    let asked = 0;
    peer.server.onRequest("thread/turns/list", (_params, ctx) => {
      asked++;
      if (asked === 1) return ctx.fail(-32600, "no rollout found");
      return { data: [asked < 4 ? turn({ id: "t1", status: "inProgress" }) : turn({ id: "t1", items })] };
    });
    const done = await (await peer.codex.threadStart()).run("hi");
    assertEquals([asked, finalResponse(done)], [4, "stored"]);
  });

  test("[T11] is an error if its thread is idle and the server has stored nothing of it", async () => {
    await using peer = scripted({ limits: { silenceMs: 10 } });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: items[0]!, completedAtMs: 1 });
    });
    peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.fail(-32600, "ephemeral threads have none"));
    let asked = 0;
    peer.server.onRequest("thread/read", ({ threadId }) => {
      asked++;
      return { thread: threadWith(threadId, asked < 3 ? "active" : "idle") };
    });
    const handle = await (await peer.codex.threadStart({ ephemeral: true })).turn("hi");
    const stream = handle.stream();
    await assertRejects(() => handle.run(), ProtocolError, "never said how it ended");
    assert(asked >= 4, `it was found idle once, in ${asked} looks`);
    const seen = [await stream.next(), await stream.next()].map(({ value }) => value?.method);
    assertEquals(seen, ["turn/started", "item/completed"]);
    await assertRejects(() => stream.next(), ProtocolError);
  });

  test("[T11] is an error if it was accepted and never began, and its thread stays idle", async () => {
    await using peer = scripted({ limits: { silenceMs: 10 } });
    peer.server.onRequest("turn/start", () => ({ turn: turn({ id: "t1", status: "inProgress" }) }));
    peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.fail(-32600, "no rollout found"));
    let asked = 0;
    peer.server.onRequest("thread/read", ({ threadId }) => {
      asked++;
      return { thread: threadWith(threadId, asked === 2 ? "active" : "idle") };
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    await assertRejects(() => handle.run(), ProtocolError, "never began");
    assertEquals(asked, 4);
  });

  test("[T11] a server that answers no more is given up, and with it whatever waits", async () => {
    await using peer = scripted({ limits: { silenceMs: 10, requestTimeoutMs: 200 }, maxConcurrentTurns: 2 });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      const begun = turn({ id: `turn of ${threadId}`, status: "inProgress" });
      ctx.reply({ turn: begun });
      ctx.connection.notify("turn/started", { threadId, turn: begun });
    });
    peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.never());
    const threads = [await peer.codex.threadStart(), await peer.codex.threadStart(), await peer.codex.threadStart()];
    const handles = [await threads[0]!.turn("hi"), await threads[1]!.turn("hi")];
    const waiting = threads[2]!.run("waits for its place");
    const waits = [...handles.flatMap((handle) => [handle.run(), collect(handle.stream())]), waiting];
    for (const each of await Promise.allSettled(waits)) {
      assert(each.status === "rejected" && each.reason instanceof TransportClosedError, JSON.stringify(each));
      assert(each.reason.message.includes("answers no more"), each.reason.message);
    }
    const { reason, error } = await peer.codex.closed;
    assert(reason === "lost" && error.cause instanceof TimeoutError, String(error.cause));
    assertEquals([error.cause.kind, error.cause.timeoutMs], ["request", 200]);
  });

  test("[T11] one whose answers come too late is slow, and its turns go on", async () => {
    await using peer = scripted({ limits: { silenceMs: 10, requestTimeoutMs: 200 } });
    const over = deferred<void>();
    peer.server.onRequest("turn/start", async ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "t1", status: "inProgress" }) });
      await over.promise;
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
    });
    const looks: Deferred<void>[] = [];
    peer.server.onRequest("thread/turns/list", async () => {
      looks.at(-1)?.resolve(); // the answer to the one before, which is not waited for any more
      const answer = deferred<void>();
      if (looks.push(answer) === 5) over.resolve();
      await answer.promise;
      return { data: [turn({ id: "t1", status: "inProgress" })] };
    });
    assertEquals((await (await peer.codex.threadStart()).run("hi")).status, "completed");
    assertEquals(looks.length, 5);
  });

  test("[T12] fails with TransportClosedError when the server dies, with the items so far", async () => {
    await using peer = scripted();
    const half = deferred<void>();
    peer.server.onRequest("turn/start", async ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: items[0]!, completedAtMs: 1 });
      await half.promise;
      await ctx.connection.die({ exit: { code: 101, signal: null }, stderrTail: "panicked" });
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const stream = handle.stream();
    assertEquals((await stream.next()).value?.method, "item/completed");
    half.resolve();
    for (const waiting of [() => handle.run(), () => stream.next()]) {
      const error = await assertRejects(waiting, TransportClosedError, "panicked");
      assertEquals([error.exit?.code, error.items.map(({ id }) => id)], [101, ["m1"]]);
    }
    assertEquals((await stream.next()).done, true);
    await assertRejects(() => collect(handle.stream()), TransportClosedError);
  });

  test("[T13] what comes after turn/completed does not open it again", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      const started = turn({ id: "t1", status: "inProgress" });
      ctx.reply({ turn: started });
      const ids = { threadId, turnId: "t1" };
      const usage = (totalTokens: number) =>
        notification("thread/tokenUsage/updated", { ...ids, tokenUsage: { total: { totalTokens } } }).params;
      ctx.connection.notify("turn/started", { threadId, turn: started });
      ctx.connection.notify("thread/tokenUsage/updated", usage(1));
      ctx.connection.notify("thread/tokenUsage/updated", usage(3));
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
      ctx.connection.notify("item/completed", { ...ids, item: items[0]!, completedAtMs: 1 });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1", status: "failed" }) });
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const events = await collect(handle.stream());
    await roundTrip(peer.codex);
    const done = await handle.run();
    assertEquals([done.status, done.items, methods(events).at(-1)], ["completed", [], "turn/completed"]);
    assertEquals(handle.usage?.total.totalTokens, 3);
  });

  test("[T13] the usage is the last that was told of the turn, also behind its end, and is not the next turn's", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    let started = 0;
    const usage = (threadId: string, turnId: string, totalTokens: number) => {
      const tokenUsage = { total: { totalTokens }, last: { totalTokens: 5 } };
      const { params } = notification("thread/tokenUsage/updated", { threadId, turnId, tokenUsage });
      peer.server.notify("thread/tokenUsage/updated", params);
    };
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      const id = `t${++started}`;
      ctx.reply({ turn: turn({ id, status: "inProgress" }) });
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id, status: "inProgress" }) });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id }) });
    });
    const thread = await peer.codex.threadStart();
    const handles = [];
    for (const totals of [[5, 10], [15]]) {
      const handle = await thread.turn("hi");
      handles.push(handle);
      assertEquals((await handle.run()).status, "completed");
      for (const total of totals) usage(thread.id, handle.id, total);
      await roundTrip(peer.codex);
      assertEquals(methods(await collect(handle.stream())), ["turn/started", "turn/completed"]);
      assertEquals(handle.usage?.total.totalTokens, totals.at(-1));
    }
    assertEquals(handles.map((each) => [each.usage?.total.totalTokens, each.tokens?.totalTokens]), [[10, 10], [15, 5]]);
  });

  test("[T14] turns of others are visible on thread.events(), and end with the connection", async () => {
    await using peer = scripted();
    const thread = await peer.codex.threadStart();
    const events = collect(thread.events());
    const other = await peer.codex.threadStart();
    const ids = { threadId: thread.id, turnId: "review" };
    peer.server.notify("turn/started", {
      threadId: thread.id,
      turn: turn({ id: "inner", rootTurnId: "review", status: "inProgress" }),
    });
    peer.server.notify("item/completed", { ...ids, item: items[0]!, completedAtMs: 1 });
    peer.server.notify("turn/completed", { threadId: other.id, turn: turn({ id: "x" }) });
    peer.server.notify("turn/completed", { threadId: thread.id, turn: turn({ id: "review" }) });
    peer.server.onRequest("model/list", MODELS);
    await roundTrip(peer.codex);
    await peer.codex.close();
    assertEquals(methods(await events), ["turn/started", "item/completed", "turn/completed"]);
  });
});
