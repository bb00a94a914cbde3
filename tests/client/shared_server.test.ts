import type { ServerRequestMethod } from "@codex-app-server/sdk/protocol";
import { ScriptedAppServer, scriptTurns, serverRequestParams } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";

describe("on a server that is shared with other clients", () => {
  const shared = (server: ScriptedAppServer) => () => Object.assign(server.connect(), { shared: true });

  test("[A11] what belongs to another client's turn is left to it, unless a handler answers; a handler may pass", async () => {
    const server = new ScriptedAppServer();
    let pass = true;
    const own: boolean[] = [];
    await using peer = scripted({
      transport: shared(server),
      handlers: {
        "item/tool/call": (_params, ctx) => {
          own.push(ctx.own);
          return pass ? ctx.pass() : { success: true, contentItems: [] };
        },
      },
    });
    await peer.codex.threadStart();
    let answered = 0;
    const ask = (method: ServerRequestMethod) =>
      void server.ask(method, serverRequestParams(method, { turnId: "theirs" } as never)).then(
        () => answered++,
        () => {},
      );
    ask(COMMAND);
    ask("item/tool/call");
    while (peer.diagnostics.length < 2) await new Promise((resolve) => setTimeout(resolve, 0));
    const left = peer.diagnostics.map((d) => d.type === "server-request-left" ? d.reason : d.type);
    assertEquals([left.sort(), answered], [["handler-passed", "not-our-turn"], 0]);
    pass = false;
    assertEquals((await server.ask("item/tool/call", serverRequestParams("item/tool/call"))).success, true);
    assertEquals(own, [false, false]);
    await peer.codex.close();
    await server.close();
  });

  test("[A11] a handler that fails refuses nothing of another client's turn", async () => {
    const server = new ScriptedAppServer();
    await using peer = scripted({
      transport: shared(server),
      serverRequestTimeoutMs: 10,
      handlers: {
        [COMMAND]: () => {
          throw new Error("handler");
        },
        "item/fileChange/requestApproval": () => ({ decision: "perhaps" }) as never,
        "item/tool/call": () => new Promise<never>(() => {}),
      },
    });
    await peer.codex.threadStart();
    let answered = 0;
    for (const method of [COMMAND, "item/fileChange/requestApproval", "item/tool/call"] as const) {
      const params = serverRequestParams(method, { turnId: "theirs" } as never);
      void server.ask(method, params).then(() => answered++, () => {});
    }
    while (peer.diagnostics.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    const left = peer.diagnostics.map((each) => each.type === "server-request-left" ? each.reason : each.type);
    assertEquals([left, answered], [["not-our-turn", "not-our-turn", "not-our-turn"], 0]);
    const [thrown] = peer.diagnostics.map((each) => "error" in each && (each.error as Error).message);
    assertEquals(thrown, "handler");
    assertEquals(peer.codex.pendingServerRequests(), []);
    await peer.codex.close();
    await server.close();
  });

  test("[A11] what this client does not understand of another client's turn is left to it as well", async () => {
    const server = new ScriptedAppServer({ validate: false });
    await using peer = scripted({ transport: shared(server) });
    await peer.codex.threadStart();
    let answered = 0;
    const params = { threadId: "thread-1", turnId: "theirs" } as never;
    for (const method of ["future/ask", COMMAND] as ServerRequestMethod[]) {
      void server.ask(method, params).then(() => answered++, () => answered++);
    }
    const left = () => peer.diagnostics.filter(({ type }) => type === "server-request-left").length;
    while (left() < 2) await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(answered, 0);
    await peer.codex.close();
    await server.close();
  });

  test("[A11] what a handler passes in a turn of this client is refused if nobody else answers in time", async () => {
    const server = new ScriptedAppServer();
    await using peer = scripted({
      transport: shared(server),
      serverRequestTimeoutMs: 20,
      handlers: { [COMMAND]: (_params, ctx) => ctx.pass() },
    });
    scriptTurns(server, async (playing) => {
      const { decision } = await playing.ask(COMMAND);
      playing.message(String(decision));
    });
    const turn = await (await peer.codex.threadStart()).run("hi");
    assertEquals(turn.items.map((each) => each.type === "agentMessage" && each.text), ["decline"]);
    assertEquals(peer.diagnostics.map(({ type }) => type), ["server-request-left", "server-request-refused"]);
    await peer.codex.close();
    await server.close();
  });

  test("[A11] a question is put to its handler although another start of the thread waits for its reply", async () => {
    const server = new ScriptedAppServer();
    const asked = deferred<boolean>();
    await using peer = scripted({
      transport: shared(server),
      handlers: {
        [COMMAND]: (_params, { own }) => {
          asked.resolve(own);
          return { decision: "accept" };
        },
      },
    });
    let starts = 0;
    server.onRequest("turn/start", (_params, ctx) => {
      if (starts++ === 0) return { turn: { id: "ours", items: [], status: "inProgress" } };
      ctx.never();
    });
    const thread = await peer.codex.threadStart();
    await thread.turn("hi");
    const second = thread.turn("more").catch(() => {});
    server.ask(COMMAND, serverRequestParams(COMMAND, { threadId: thread.id, turnId: "ours" })).catch(() => {});
    assertEquals(await asked.promise, true);
    await peer.codex.close();
    await second;
    await server.close();
  });

  test("[A11] what belongs to a turn of this client is refused, also before the turn/start reply", async () => {
    const server = new ScriptedAppServer();
    await using peer = scripted({ transport: shared(server) });
    const decisions: unknown[] = [];
    server.onRequest("turn/start", ({ threadId }, ctx) => {
      const params = serverRequestParams(COMMAND, { threadId, turnId: "ours" });
      ctx.connection.ask(COMMAND, params).then(({ decision }) => {
        decisions.push(decision);
        const turn = { id: "ours", items: [], status: "completed" as const };
        ctx.connection.notify("turn/completed", { threadId, turn });
      }, () => {});
      ctx.connection.notify("turn/started", { threadId, turn: { id: "ours", items: [], status: "inProgress" } });
      ctx.reply({ turn: { id: "ours", items: [], status: "inProgress" } });
    });
    const thread = await peer.codex.threadStart();
    assertEquals((await thread.run("hi")).status, "completed");
    assertEquals(decisions, ["decline"]);
    await peer.codex.close();
    await server.close();
  });
});
