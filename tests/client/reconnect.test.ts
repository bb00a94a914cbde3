import { Codex, TransportClosedError } from "@codex-app-server/sdk";
import { ThreadResumeResponseSchema } from "@codex-app-server/sdk/protocol";
import { notification, sample, ScriptedAppServer, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { collect, methods, scripted } from "./scripted.ts";

const RECONNECT = { initialDelayMs: 1, maxDelayMs: 5 };
const MODELS = () => ({ data: [], nextCursor: null });

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
    const threads = [await peer.codex.threadStart(), await peer.codex.threadStart()];
    const [lost, kept] = await Promise.all(threads.map((thread) => thread.turn("hi")));
    const [failing, going] = [
      assertRejects(() => lost!.run(), TransportClosedError, "cut off"),
      collect(kept!.stream()),
    ];
    await server.connection.die();
    await failing;
    assertEquals(methods(await going), ["connection/gap", "turn/completed"]);
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
