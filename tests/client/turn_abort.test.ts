import { type Codex, finalResponse, TimeoutError, TransportClosedError } from "@codex-app-server/sdk";

import { ScriptedAppServer, type ScriptedTurn, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { Connector } from "../../src/client/connection/connector.ts";
import { ThreadOpener } from "../../src/client/thread/thread_opener.ts";
import { deferred } from "../../src/util/deferred.ts";
import { collect, scripted } from "./scripted.ts";

/** Resolves when everything that the client has sent so far has been answered. */
async function roundTrip(codex: Codex): Promise<void> {
  await codex.models();
}

const MODELS = () => ({ data: [], nextCursor: null });

function text(playing: ScriptedTurn, itemId: string, delta: string): void {
  const { threadId, id: turnId } = playing;
  playing.connection.notify("item/agentMessage/delta", { threadId, turnId, itemId, delta });
}

describe("a turn that is given up", () => {
  const untilInterrupted = ({ signal }: ScriptedTurn): Promise<void> =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

  test("[T9] before the request: nothing is sent", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, () => {});
    const thread = await peer.codex.threadStart();
    const reason = new Error("not now");
    await assertRejects(() => thread.run("hi", { signal: AbortSignal.abort(reason) }), Error, "not now");
    assertEquals(peer.server.messages.some(({ method }) => method === "turn/start"), false);
  });

  test("[T9] between request and reply: rejects at once, is interrupted when its id is known, and is not joined", async () => {
    await using peer = scripted();
    const reply = deferred<void>();
    let started = 0;
    peer.server.onRequest("turn/start", async ({ threadId }, ctx) => {
      const id = `t${++started}`;
      if (started === 1) await reply.promise;
      ctx.reply({ turn: turn({ id, status: "inProgress" }) });
      if (started > 1) ctx.connection.notify("turn/completed", { threadId, turn: turn({ id }) });
    });
    peer.server.onRequest("thread/turns/list", () => ({ data: [] }));
    peer.server.onRequest("turn/interrupt", ({ threadId, turnId }, ctx) => {
      ctx.reply({});
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: turnId, status: "interrupted" }) });
    });
    const thread = await peer.codex.threadStart();
    const controller = new AbortController();
    const run = thread.run("hi", { signal: controller.signal });
    await peer.server.received("turn/start");
    const reason = new Error("changed my mind");
    controller.abort(reason);
    assertStrictEquals(await run.catch((error) => error), reason);
    const next = thread.run("again");
    assertEquals(peer.server.messages.some(({ method }) => method === "turn/interrupt"), false);
    reply.resolve();
    assertEquals((await next).id, "t2");
    const order = peer.server.messages.map(({ method }) => method).filter((method) => method.startsWith("turn/"));
    assertEquals(order, ["turn/start", "turn/interrupt", "turn/start"]);
  });

  test("[T9] [T11] between request and reply, and its completion is lost: it is still found to be over", async () => {
    await using server = new ScriptedAppServer();
    const limits = { silenceMs: 10, interruptTimeoutMs: 10 };
    const connector = new Connector({ transport: () => server.connect(), limits });
    await connector.load();
    const reply = deferred<void>();
    server.onRequest("turn/start", async () => {
      await reply.promise;
      return { turn: turn({ id: "t1", status: "inProgress" }) };
    });
    server.onRequest("turn/interrupt", () => ({}));
    server.onRequest("thread/turns/list", () => ({ data: [turn({ id: "t1", status: "interrupted" })] }));
    const controller = new AbortController();
    const run = (await new ThreadOpener(connector, {}).start({}, {})).run("hi", { signal: controller.signal });
    await server.received("turn/start");
    controller.abort(new Error("changed my mind"));
    await assertRejects(() => run, Error, "changed my mind");
    reply.resolve();
    await server.received("thread/turns/list");
    while (connector.router.turns.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await connector.close();
  });

  test("[T9] while it runs: run and streams reject with the reason, and the next turn is a new one", async () => {
    await using peer = scripted();
    let first = true;
    const turns = scriptTurns(peer.server, (playing) => {
      if (!first) return playing.message("fine");
      first = false;
      return untilInterrupted(playing);
    });
    const thread = await peer.codex.threadStart();
    const controller = new AbortController();
    const handle = await thread.turn("hi", { signal: controller.signal });
    const [run, stream] = [handle.run(), collect(handle.stream())];
    const reason = new Error("enough");
    controller.abort(reason);
    assertStrictEquals(await run.catch((error) => error), reason);
    assertStrictEquals(await stream.catch((error) => error), reason);
    assertEquals(finalResponse(await thread.run("again")), "fine");
    assertStrictEquals(await handle.run().catch((error) => error), reason);
    assertEquals(turns.map(({ steers }) => steers.length), [0, 0]);
    assertEquals(await collect(handle.stream()).catch((error) => error), reason);
  });

  test("[T9] while it runs: rejects at once, whether or not the server ever answers the interrupt", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, () => new Promise<void>(() => {}));
    peer.server.onRequest("turn/interrupt", (_params, ctx) => ctx.never());
    const controller = new AbortController();
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("hi", { signal: controller.signal });
    const waiting = [handle.run(), collect(handle.stream()), collect(handle.text())];
    const reason = new Error("enough");
    controller.abort(reason);
    for (const each of waiting) assertStrictEquals(await each.catch((error) => error), reason);
    await peer.server.received("turn/interrupt");
  });

  test("[T10] timeoutMs bounds a turn that is never silent as well", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, async (playing) => {
      while (!playing.signal.aborted) {
        text(playing, "m", "x");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    const thread = await peer.codex.threadStart();
    const options = { timeoutMs: 50, idleTimeoutMs: 60_000 };
    const { kind } = await assertRejects(() => thread.run("hi", options), TimeoutError, "timeoutMs");
    assertEquals(kind, "turn");
    peer.server.onRequest("model/list", MODELS);
    await roundTrip(peer.codex);
    assertEquals(turns[0]?.signal.aborted, true);
  });

  test("[T10] timeoutMs counts from the call: a turn that has no reply yet is interrupted when it has one", async () => {
    await using peer = scripted();
    const reply = deferred<void>();
    peer.server.onRequest("turn/start", async () => {
      await reply.promise;
      return { turn: turn({ id: "t1", status: "inProgress" }) };
    });
    peer.server.onRequest("turn/interrupt", () => ({}));
    const thread = await peer.codex.threadStart();
    const { kind } = await assertRejects(() => thread.turn("hi", { timeoutMs: 20 }), TimeoutError, "had not begun");
    assertEquals(kind, "turn");
    reply.resolve();
    assertEquals((await peer.server.received("turn/interrupt")).params, { threadId: thread.id, turnId: "t1" });
  });

  test("[T10] timeoutMs bounds the whole turn and idleTimeoutMs its silence; both interrupt it", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, untilInterrupted);
    const thread = await peer.codex.threadStart();
    const whole = await assertRejects(() => thread.run("hi", { timeoutMs: 20 }), TimeoutError, "timeoutMs");
    assertEquals([whole.kind, whole.timeoutMs], ["turn", 20]);
    const idle = await assertRejects(() => thread.run("hi", { idleTimeoutMs: 20 }), TimeoutError, "silent");
    assertEquals([idle.kind, idle.timeoutMs], ["idle", 20]);
    peer.server.onRequest("model/list", MODELS);
    await roundTrip(peer.codex);
    assertEquals(turns.map(({ signal }) => signal.aborted), [true, true]);
  });

  test("[T10] every event resets the idle deadline, and a turn in time rejects nothing", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, async (playing) => {
      // Together longer than the deadline; each pause well below it.
      for (let i = 0; i < 8; i++) {
        text(playing, "m", `${i}`);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    });
    const done = await (await peer.codex.threadStart()).run("hi", { idleTimeoutMs: 2000, timeoutMs: 60_000 });
    assertEquals(done.status, "completed");
  });

  test("[T9] steers and interrupts of a stopped turn do not outlive close()", async () => {
    const peer = scripted();
    scriptTurns(peer.server, () => new Promise<void>(() => {}));
    peer.server.onRequest("turn/interrupt", (_params, ctx) => ctx.never());
    const thread = await peer.codex.threadStart();
    const controller = new AbortController();
    const handle = await thread.turn("hi", { signal: controller.signal });
    controller.abort(new Error("stop"));
    const next = thread.run("next");
    await peer.codex.close();
    await assertRejects(() => next, TransportClosedError);
    await assertRejects(() => handle.steer("x"), TransportClosedError);
    await peer.server.close();
  });
});
