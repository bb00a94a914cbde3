import {
  finalResponse,
  InvalidRequestError,
  type Limits,
  TimeoutError,
  TurnFailedError,
  type TurnOptions,
} from "@codex-app-server/sdk";
import type { Turn } from "@codex-app-server/sdk/protocol";
import { item, notification, type ScriptedTurn, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { sleep } from "../../src/util/timer.ts";
import { collect, methods, scripted } from "./scripted.ts";

function text(playing: ScriptedTurn, itemId: string, delta: string): void {
  const { threadId, id: turnId } = playing;
  playing.connection.notify("item/agentMessage/delta", { threadId, turnId, itemId, delta });
}

describe("a turn", () => {
  test("[T1] run() resolves with the server's Turn, its items filled in and nothing added", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (playing) => {
      playing.item("commandExecution", { id: "c1", command: "ls" });
      playing.message(["Hel", "lo"]);
    });
    const thread = await peer.codex.threadStart();
    const done = await thread.run("hi");
    const sent = turn({ id: done.id, rootTurnId: done.id, itemsView: "summary" });
    assertEquals(Object.keys(done).sort(), Object.keys(sent).sort());
    assertEquals(done.items.map(({ type }) => type), ["commandExecution", "agentMessage"]);
    assertEquals([done.status, done.itemsView, finalResponse(done)], ["completed", "full", "Hello"]);
  });

  test("[T1] an item that only turn/completed brings is there as well, once", async () => {
    await using peer = scripted();
    const last = item("agentMessage", { id: "m1", text: "lost on the way" });
    const known = item("agentMessage", { id: "m0", text: "seen" });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      const started = turn({ id: "t1", status: "inProgress" });
      ctx.reply({ turn: started });
      ctx.connection.notify("turn/started", { threadId, turn: started });
      ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: known, completedAtMs: 1 });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1", items: [known, last] }) });
    });
    const done = await (await peer.codex.threadStart()).run("hi");
    assertEquals(done.items.map(({ id }) => id), ["m0", "m1"]);
  });

  test("[T2] ends with turn/completed for its id, and with nothing else", async () => {
    await using peer = scripted();
    const end = deferred<void>();
    scriptTurns(peer.server, async ({ connection, threadId, id: turnId }) => {
      const error = { message: "stream lost" };
      connection.notify("error", notification("error", { threadId, turnId, willRetry: true, error }).params);
      const final = item("agentMessage", { text: "done", phase: "final_answer" });
      connection.notify("item/completed", { threadId, turnId, item: final, completedAtMs: 1 });
      connection.notify("turn/completed", { threadId, turn: turn({ id: "another" }) });
      await end.promise;
    });
    const thread = await peer.codex.threadStart();
    let over = false;
    const events = thread.events();
    const run = thread.run("hi").finally(() => over = true);
    for await (const { method } of events) if (method === "turn/completed") break;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(over, false);
    end.resolve();
    assertEquals((await run).status, "completed");
    const [retries] = peer.diagnostics;
    assertEquals(retries?.type === "server-retries" && retries.message, "stream lost");
  });

  test("[T3] a failed turn is a result; finalResponse throws it with all that is known", async () => {
    await using peer = scripted();
    const failure = { message: "no quota", codexErrorInfo: "usageLimitExceeded" } as const;
    scriptTurns(peer.server, () => ({ status: "failed", error: failure }));
    const done = await (await peer.codex.threadStart()).run("hi");
    assertEquals([done.status, done.error?.message], ["failed", "no quota"]);
    const error = assertThrows(() => finalResponse(done), TurnFailedError, "no quota");
    assertStrictEquals(error.turn, done);
    assertEquals(error.turn.error?.codexErrorInfo, "usageLimitExceeded");
  });

  test("[T4] finalResponse: final_answer, else no phase, else null; never commentary", () => {
    const said = (...messages: [string, ("commentary" | "final_answer" | null)?][]): Turn =>
      turn({ items: messages.map(([text, phase]) => item("agentMessage", { text, phase: phase ?? null })) });
    assertEquals(finalResponse(said()), null);
    assertEquals(finalResponse(said(["a"], ["b"])), "b");
    assertEquals(finalResponse(said(["a", "final_answer"], ["b"])), "a");
    assertEquals(finalResponse(said(["a", "final_answer"], ["b", "final_answer"], ["c", "commentary"])), "b");
    assertEquals(finalResponse(said(["a"], ["c", "commentary"])), "a");
    assertEquals(finalResponse(said(["c", "commentary"])), null);
    assertEquals(finalResponse(said(["a"], [""])), "");
    assertEquals(finalResponse(said(["a"], ["", "final_answer"], ["b"])), "");
    // A server that knows no phases does not name one.
    const { phase: _, ...unnamed } = item("agentMessage", { text: "old" });
    assertEquals(finalResponse(turn({ items: [item("agentMessage", { phase: "commentary" }), unnamed] })), "old");
    assertEquals(finalResponse({ ...said(["a"]), status: "interrupted" }), "a");
  });

  test("[T5] everything before the turn/start reply is delivered in order, the completion included", async () => {
    await using peer = scripted();
    peer.server.onRequest("turn/start", ({ threadId }, { connection }) => {
      const playing = turn({ id: "t1", status: "inProgress", itemsView: "notLoaded" });
      connection.notify("turn/started", { threadId, turn: playing });
      const ids = { threadId, turnId: "t1" };
      connection.notify("item/agentMessage/delta", { ...ids, itemId: "m", delta: "early" });
      const done = item("agentMessage", { id: "m", text: "early" });
      connection.notify("item/completed", { ...ids, item: done, completedAtMs: 1 });
      connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
      return { turn: playing };
    });
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("hi");
    const order = ["turn/started", "item/agentMessage/delta", "item/completed", "turn/completed"];
    assertEquals(methods(await collect(handle.stream())), order);
    assertEquals((await handle.run()).items.map(({ id }) => id), ["m"]);
  });

  test("[T5] 200 turns at once lose nothing and do not mix", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, async (playing) => {
      const [input] = playing.params.input;
      for (let i = 0; i < 5; i++) {
        text(playing, "m", `${input?.type === "text" ? input.text : ""}.${i} `);
        await Promise.resolve();
      }
    });
    const threads = await Promise.all(Array.from({ length: 200 }, () => peer.codex.threadStart()));
    const texts = await Promise.all(threads.map(async (thread, n) => {
      const handle = await thread.turn(`${n}`);
      return (await collect(handle.text())).join("");
    }));
    texts.forEach((said, n) => assertEquals(said, [0, 1, 2, 3, 4].map((i) => `${n}.${i} `).join("")));
  });

  test("[T6] several streams of one turn are each complete; closing one leaves the rest and the turn", async () => {
    await using peer = scripted();
    const half = deferred<void>();
    const turns = scriptTurns(peer.server, async (playing) => {
      text(playing, "m", "a");
      await half.promise;
      text(playing, "m", "b");
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [first, second, third] = [handle.text(), handle.text(), handle.stream()];
    assertEquals((await first.next()).value, "a");
    await first.return?.();
    assertEquals((await first.next()).done, true);
    const late = handle.text();
    half.resolve();
    assertEquals(await collect(second), ["a", "b"]);
    assertEquals(methods(await collect(third)).at(-1), "turn/completed");
    assertEquals(await collect(late), ["b"]);
    assertEquals(turns[0]?.signal.aborted, false);
    assertEquals((await handle.run()).status, "completed");
    assertEquals(methods(await collect(handle.stream())), ["turn/completed"]);
  });

  test("[T7] a second turn on a busy thread joins it: one id, one final turn, all of its items", async () => {
    await using peer = scripted();
    const end = deferred<void>();
    const turns = scriptTurns(peer.server, async (playing) => {
      playing.message("first");
      await end.promise;
      playing.message("second");
    });
    const thread = await peer.codex.threadStart();
    const one = await thread.turn("hi");
    const two = await thread.turn("also");
    assertEquals(one.id, two.id);
    end.resolve();
    const [a, b] = await Promise.all([one.run(), two.run()]);
    assertEquals(a, b);
    assertEquals(a.items.length, 2);
    assertEquals(turns[0]?.steers.length, 1);
  });

  test("[T7] a turn that is joined and over before the reply says so is over for both", async () => {
    await using peer = scripted({ limits: { silenceMs: 0 } });
    let starts = 0;
    const running = turn({ id: "t1", status: "inProgress" });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      if (starts++ === 0) {
        ctx.reply({ turn: running });
        ctx.connection.notify("turn/started", { threadId, turn: running });
        return;
      }
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
      ctx.reply({ turn: running });
    });
    const thread = await peer.codex.threadStart();
    const [one, two] = [await thread.turn("hi"), await thread.turn("also")];
    assertEquals(await one.run(), await two.run());
    assertEquals(methods(await collect(two.stream())), ["turn/completed"]);
  });

  test("[T7] a turn that someone else started is completed from the server's stored turns", async () => {
    await using peer = scripted();
    const items = ["m1", "m2"].map((id) => item("agentMessage", { id, text: id }));
    peer.server.onRequest("thread/turns/list", ({ itemsView }) => {
      assertEquals(itemsView, "full");
      // Not up to date: what the client knows better stays.
      return { data: [turn({ id: "t1", status: "inProgress", items: items.slice(0, 1), itemsView: "full" })] };
    });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: items[1]!, completedAtMs: 1 });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
    });
    const thread = await peer.codex.threadStart();
    const done = await thread.run("hi");
    assertEquals([done.status, done.items.map(({ id }) => id), done.itemsView], ["completed", ["m1", "m2"], "full"]);
    peer.server.onRequest("thread/turns/list", (_params, ctx) => ctx.fail(-32600, "no rollout found"));
    const partial = await thread.run("hi");
    assertEquals([partial.items.map(({ id }) => id), partial.itemsView], [["m2"], "summary"]);
  });

  test("[T7] all who wait for a turn that was joined while it ran are told the same, whatever is stored meanwhile", async () => {
    await using peer = scripted();
    const items = ["m1", "m2"].map((id) => item("agentMessage", { id }));
    let reads = 0;
    peer.server.onRequest("thread/turns/list", () => {
      const stored = reads++ === 0 ? items.slice(1) : items;
      return { data: [turn({ id: "t1", items: stored, itemsView: "full" })] };
    });
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
      ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: items[1]!, completedAtMs: 1 });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [first, ...others] = [...await Promise.all([handle.run(), handle.run()]), await handle.run()];
    for (const other of others) assertEquals(other.items, first!.items);
    assertEquals(reads, 1);
  });

  test("[T7] what was not seen of a turn is waited for no longer than its caller waits, or a request may take", async () => {
    const joined = async (options: TurnOptions, limits: Limits = {}) => {
      const asked = deferred<void>();
      const peer = scripted({ limits });
      const over = new AbortController();
      peer.server.onRequest("thread/turns/list", async () => {
        asked.resolve();
        await sleep(6_000, over.signal).catch(() => {}); // longer than anybody waits here
        return { data: [turn({ id: "t1", itemsView: "full" })] };
      });
      peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
        ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
        const seen = item("agentMessage", { id: "m2" });
        ctx.connection.notify("item/completed", { threadId, turnId: "t1", item: seen, completedAtMs: 1 });
        ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
      });
      const done = (await peer.codex.threadStart()).run("hi", options);
      await asked.promise;
      const close = async () => {
        await peer.codex.close();
        over.abort();
        await peer[Symbol.asyncDispose]();
      };
      return { done, [Symbol.asyncDispose]: close };
    };
    const caller = new AbortController();
    {
      await using given = await joined({ signal: caller.signal });
      caller.abort(new Error("no longer wanted"));
      await assertRejects(() => given.done, Error, "no longer wanted");
    }
    const asSeen = async (options: TurnOptions, limits?: Limits) => {
      await using given = await joined(options, limits);
      const { status, itemsView, items } = await given.done;
      assertEquals([status, itemsView, items.map(({ id }) => id)], ["completed", "summary", ["m2"]]);
    };
    await Promise.all([asSeen({ timeoutMs: 1000 }), asSeen({}, { requestTimeoutMs: 1000 })]);
  });

  test("[T8] steer and interrupt; afterwards they are typed errors; repeated interrupts are one request", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      }));
    const handle = await (await peer.codex.threadStart()).turn("hi");
    assertEquals((await handle.steer("more")).turnId, handle.id);
    assertEquals(turns[0]?.steers, [[{ type: "text", text: "more" }]]);
    await assertRejects(() => handle.interrupt({ signal: AbortSignal.abort(new Error("no")) }), Error, "no");
    await Promise.all([handle.interrupt(), handle.interrupt(), handle.interrupt()]);
    assertEquals(peer.server.messages.filter(({ method }) => method === "turn/interrupt").length, 1);
    assertEquals((await handle.run()).status, "interrupted");
    await assertRejects(() => handle.steer("late"), InvalidRequestError, "no active turn");
    await assertRejects(() => handle.interrupt(), InvalidRequestError, "no active turn");
  });

  test("[T8] the wrong turn is a typed error, however the server quotes the ids", async () => {
    for (
      const text of ["expected active turn id `t` but found `u`", 'expected active turn id "t" but found "u"', "no"]
    ) {
      await using peer = scripted({ limits: { interruptTimeoutMs: 200 } });
      scriptTurns(
        peer.server,
        ({ signal }) => new Promise<void>((end) => signal.addEventListener("abort", () => end())),
      );
      let asked = 0;
      peer.server.onRequest("turn/steer", (_params, ctx) => ctx.fail(-32600, text));
      peer.server.onRequest("turn/interrupt", (_params, ctx) => (asked++, ctx.fail(-32600, text)));
      const handle = await (await peer.codex.threadStart()).turn("hi");
      for (const call of [() => handle.steer("more"), () => handle.interrupt()]) {
        const error = await assertRejects(call, InvalidRequestError, text);
        assertEquals([error.code, error.rpcCode], ["INVALID_REQUEST", -32600]);
      }
      // The server may not have come to the turn yet: only that is asked again.
      assertEquals(asked > 1, text !== "no");
    }
  });

  test("[T8] an interrupt that the server does not answer is bounded", async () => {
    await using peer = scripted({ limits: { interruptTimeoutMs: 20 } });
    scriptTurns(peer.server, () => new Promise<void>(() => {}));
    peer.server.onRequest("turn/interrupt", (_params, ctx) => ctx.never());
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const error = await assertRejects(() => handle.interrupt(), TimeoutError, "turn/interrupt");
    assertEquals(error.kind, "request");
  });

  test("[T8] an interrupt that the server does not answer, for the turn ends in that moment, is told how it ended", async () => {
    for (const status of ["completed", "interrupted"] as const) {
      await using peer = scripted({ limits: { interruptTimeoutMs: 60_000 } });
      const over = deferred<void>();
      scriptTurns(peer.server, async () => {
        await over.promise;
        return { status };
      });
      peer.server.onRequest("turn/interrupt", (_params, ctx) => {
        ctx.never();
        over.resolve();
      });
      const handle = await (await peer.codex.threadStart()).turn("hi");
      if (status === "interrupted") assertEquals(await handle.interrupt(), {});
      else await assertRejects(() => handle.interrupt(), InvalidRequestError, "no active turn to interrupt");
      assertEquals((await handle.run()).status, status);
    }
  });

  test("[T8] an interrupt that the server cannot take yet is sent again", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      }));
    let refused = 0;
    peer.server.onRequest("turn/interrupt", (_params, ctx) => {
      if (refused++ === 0) return ctx.fail(-32600, "no active turn to interrupt");
      if (refused === 2) return ctx.fail(-32001, "Server overloaded; retry later.");
      turns[0]?.interrupt();
      return {};
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    await handle.interrupt();
    assertEquals([refused, (await handle.run()).status], [3, "interrupted"]);
  });
});
