import { Codex, type CodexOptions, TransportClosedError } from "@codex-app-server/sdk";
import { type ThreadResumeResponse, ThreadResumeResponseSchema, type Turn } from "@codex-app-server/sdk/protocol";
import { item, notification, sample, ScriptedAppServer, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collect, methods, scripted } from "./scripted.ts";

const RECONNECT = { initialDelayMs: 1, maxDelayMs: 5 };
const MODELS = () => ({ data: [], nextCursor: null });

function shared(options: CodexOptions): (server: ScriptedAppServer) => CodexOptions {
  return (server) => ({ ...options, transport: () => Object.assign(server.connect(), { shared: true }) });
}

function resumed(threadId: string, turns: readonly Turn[] = []): ThreadResumeResponse {
  return sample(ThreadResumeResponseSchema, { thread: { id: threadId, turns: [...turns] } });
}

/** Every turn has the id `t` and goes on. */
function scriptRunning(server: ScriptedAppServer): void {
  server.onRequest("turn/start", ({ threadId }, ctx) => {
    const running = turn({ id: "t", status: "inProgress" });
    ctx.reply({ turn: running });
    ctx.connection.notify("turn/started", { threadId, turn: running });
  });
}

/** Acts after so many turns of the microtask queue. */
function after(steps: number, act: () => void): void {
  if (steps === 0) act();
  else queueMicrotask(() => after(steps - 1, act));
}

describe("a connection that is opened again", () => {
  test("what was sent and not answered fails and is never sent again; what waited is sent; listeners stay", async () => {
    await using peer = scripted({ reconnect: RECONNECT, limits: { requestsInFlight: 1 } });
    await peer.codex.threadStart();
    peer.server.onRequest("thread/name/set", (_params, ctx) => ctx.never());
    peer.server.onRequest("model/list", MODELS);
    peer.server.onRequest(
      "thread/resume",
      ({ threadId }) => sample(ThreadResumeResponseSchema, { thread: { id: threadId } }),
    );
    const changed = peer.codex.notifications("skills/changed");
    const sent = peer.codex.request("thread/name/set", { threadId: "t", name: "n" });
    const waiting = peer.codex.models();
    await peer.server.received("thread/name/set");
    await peer.server.connection.die();
    await assertRejects(() => sent, TransportClosedError);
    assertEquals((await waiting).data, []);
    peer.server.notify("skills/changed", {});
    assertEquals((await changed.next()).value?.method, "skills/changed");
    assertEquals(peer.server.messages.filter(({ method }) => method === "thread/name/set").length, 1);
  });

  test("a thread that cannot be resumed fails its running turn and is reported; others go on", async () => {
    const server = new ScriptedAppServer();
    await using peer = scripted({
      reconnect: RECONNECT,
      transport: () => Object.assign(server.connect(), { shared: true }),
    });
    server.onRequest("turn/start", ({ threadId }) => ({ turn: turn({ id: `of ${threadId}`, status: "inProgress" }) }));
    server.onRequest("thread/resume", ({ threadId }, ctx) => {
      if (threadId === "thread-1") return ctx.fail(-32600, "thread not found");
      const id = `of ${threadId}`;
      const response = { thread: { id: threadId, turns: [turn({ id, status: "inProgress" })] } };
      ctx.reply(sample(ThreadResumeResponseSchema, response));
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id }) });
    });
    server.onRequest("thread/turns/list", () => ({ data: [] }));
    server.onRequest("thread/list", () => ({ data: [], nextCursor: null }));
    const threads = [await peer.codex.threadStart(), await peer.codex.threadStart()];
    const [lost, kept] = await Promise.all(threads.map((thread) => thread.turn("hi")));
    const [failing, going] = [
      assertRejects(() => lost!.run(), TransportClosedError, "cut off"),
      collect(kept!.stream()),
    ];
    await server.connection.die();
    await failing;
    assertEquals(methods(await going), ["connection/gap", "turn/completed"]);
    await peer.codex.threadList(); // sent when the connection is open to others
    assertEquals(peer.diagnostics.map(({ type }) => type), ["reconnecting", "thread-lost", "reconnected"]);
    await peer.codex.close();
    await server.close();
  });

  test("a connection that is lost while it is opened again counts as a failed attempt", async () => {
    await using peer = scripted({ reconnect: { ...RECONNECT, maxAttempts: 3 } });
    await peer.codex.threadStart();
    peer.server.onRequest("initialize", async (_params, ctx) => {
      await ctx.connection.die();
      ctx.never();
    });
    await peer.server.connection.die();
    const { reason, error } = await peer.codex.closed;
    assertEquals([reason, error.name], ["lost", "TransportClosedError"]);
    assertEquals(peer.diagnostics.map((each) => each.type === "reconnecting" ? each.attempt : each.type), [1, 2, 3]);
  });

  test("[L13] the gap is marked before anything of the new connection, and run() waits for what was missed", async () => {
    await using peer = scripted(shared({ reconnect: RECONNECT }));
    const [missed, seen] = [item("commandExecution", { id: "a", status: "completed" }), item("plan", { id: "b" })];
    scriptRunning(peer.server);
    peer.server.onRequest("thread/resume", ({ threadId }, ctx) => {
      // All of it in one chunk: the client sees the end of the turn before it has looked at the reply.
      const lines = [
        { id: ctx.id, result: resumed(threadId, [turn({ id: "t", status: "inProgress", items: [missed, seen] })]) },
        { method: "item/completed", params: { threadId, turnId: "t", item: seen, completedAtMs: 1 } },
        { method: "turn/completed", params: { threadId, turn: turn({ id: "t" }) } },
      ];
      ctx.connection.sendRaw(lines.map((line) => JSON.stringify(line) + "\n").join(""));
      ctx.never();
    });
    peer.server.onRequest(
      "thread/turns/list",
      () => ({ data: [turn({ id: "t", items: [missed, seen], itemsView: "full" })] }),
    );
    const thread = await peer.codex.threadStart();
    const events = collect(thread.events());
    const handle = await thread.turn("hi");
    const [run, stream] = [handle.run(), collect(handle.stream())];
    await peer.server.connection.die();
    assertEquals((await run).items.map(({ id }) => id), ["a", "b"]);
    const expected = ["turn/started", "connection/gap", "item/completed", "turn/completed"];
    assertEquals(methods(await stream), expected);
    await peer.codex.close();
    assertEquals(methods(await events), expected);
  });

  test("a thread whose resumption is not answered holds nothing up for longer than startTimeoutMs", async () => {
    await using peer = scripted(shared({ reconnect: RECONNECT, limits: { startTimeoutMs: 50, requestTimeoutMs: 0 } }));
    peer.server.onRequest("model/list", MODELS);
    peer.server.onRequest("thread/resume", (_params, ctx) => ctx.never());
    const events = (await peer.codex.threadStart()).events();
    await peer.server.connection.die();
    assertEquals((await events.next()).value?.method, "connection/gap");
    assertEquals((await peer.codex.models()).data, []);
    assertEquals(peer.diagnostics.map(({ type }) => type), ["reconnecting", "thread-lost", "reconnected"]);
  });

  test("[L13] a connection that is lost while threads are resumed costs no turn: the next attempt resumes them", async () => {
    await using peer = scripted(shared({ reconnect: RECONNECT }));
    scriptRunning(peer.server);
    let resumptions = 0;
    peer.server.onRequest("thread/resume", async ({ threadId }, ctx) => {
      if (++resumptions === 1) {
        await ctx.connection.die();
        return ctx.never();
      }
      ctx.reply(resumed(threadId, [turn({ id: "t", status: "inProgress" })]));
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    peer.server.onRequest("thread/turns/list", () => ({ data: [turn({ id: "t", itemsView: "full" })] }));
    const thread = await peer.codex.threadStart();
    const run = (await thread.turn("hi")).run();
    await peer.server.connection.die();
    assertEquals((await run).status, "completed");
    const told = peer.diagnostics.map((each) => each.type === "reconnecting" ? each.attempt : each.type);
    assertEquals([told, resumptions], [[1, 2, "reconnected"], 2]);
  });

  test("connections that break at once are failed attempts", async () => {
    await using peer = scripted({ reconnect: { initialDelayMs: 1, maxDelayMs: 1000, maxAttempts: 3 } });
    const _thread = await peer.codex.threadStart();
    const first = peer.server.connection;
    peer.server.onRequest("thread/resume", ({ threadId }, ctx) => {
      ctx.reply(resumed(threadId));
      void ctx.connection.die();
    });
    await first.die();
    assertEquals((await peer.codex.closed).reason, "lost");
    assertEquals(peer.server.connections.length, 4);
  });

  test("no attempt follows the end", async () => {
    await using peer = scripted({ reconnect: { ...RECONNECT, maxAttempts: 3 }, validation: "strict" }, {
      validate: false,
    });
    await peer.codex.threadStart();
    peer.server.onRequest("initialize", (_params, ctx) => {
      ctx.connection.notify("future/event" as "skills/changed", {});
      ctx.never();
    });
    const first = peer.server.connection;
    await first.die();
    const { error } = await peer.codex.closed;
    assertEquals((error.cause as Error).name, "ResponseValidationError");
    await peer.codex.close(); // waits for the attempt under way
    assertEquals(peer.server.connections.length, 2);
  });

  test("[L5] close() and signal end a reconnection at any moment, and leave no connection open", async () => {
    for (const how of ["close", "signal"] as const) {
      for (let steps = 0; steps < 60; steps++) {
        const controller = new AbortController();
        const server = new ScriptedAppServer();
        const codex: Codex = new Codex({
          reconnect: RECONNECT,
          signal: controller.signal,
          transport: () => {
            if (server.connections.length > 0) after(steps, how === "close" ? end : () => controller.abort());
            return server.connect();
          },
        });
        const end = () => void codex.close();
        await codex.threadStart();
        await server.connection.die();
        await codex.closed;
        await codex.close();
        assertEquals(server.connections.map(({ over }) => over), [true, true], `${how} after ${steps} steps`);
        await server.close();
      }
    }
  });

  test("[T9] an interrupt that is lost with the connection is sent again over the next one", async () => {
    await using peer = scripted(shared({ reconnect: RECONNECT }));
    scriptRunning(peer.server);
    peer.server.onRequest(
      "thread/resume",
      ({ threadId }) => resumed(threadId, [turn({ id: "t", status: "inProgress" })]),
    );
    let asked = 0;
    const interrupted = deferred<void>();
    peer.server.onRequest("turn/interrupt", async (_params, ctx) => {
      if (asked++ > 0) {
        interrupted.resolve();
        return {};
      }
      await ctx.connection.die();
      ctx.never();
    });
    const controller = new AbortController();
    const handle = await (await peer.codex.threadStart()).turn("hi", { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => handle.run(), Error, "enough");
    await interrupted.promise;
    assertEquals(peer.diagnostics.map(({ type }) => type), ["reconnecting", "reconnected"]);
  });

  test("a login fails with the connection: nobody could say whether it was completed meanwhile", async () => {
    await using peer = scripted({ reconnect: RECONNECT });
    peer.server.onRequest("account/login/start", () => ({ type: "chatgpt", loginId: "l", authUrl: "https://x" }));
    const login = await peer.codex.loginChatgpt();
    const waiting = assertRejects(() => login.wait(), TransportClosedError, "SIGKILL");
    await peer.server.connection.die();
    await waiting;
  });

  test("without the option a lost connection stays lost", async () => {
    const server = new ScriptedAppServer();
    const codex = await Codex.start({ transport: () => server.connect() });
    await server.connection.die();
    await codex.closed;
    assertEquals(server.connections.length, 1);
    assertEquals(notification("skills/changed").method, "skills/changed");
    await codex.close();
    await server.close();
  });
});
