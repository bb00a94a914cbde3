import { Codex, type Diagnostic, TimeoutError } from "@codex-app-server/sdk";
import { ScriptedAppServer, scriptTurns, serverRequestParams } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

const HALF = "x\ud83d";
const COMPLAINT = "2026-01-01 ERROR transport: Failed to deserialize JSONRPCMessage: lone surrogate at column 17\n";

function deep(levels: number): never {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { a: value };
  return value as never;
}

describe("what the server could not read", () => {
  test("[W1] half a character is mended wherever it stands, and told", async () => {
    await using peer = scripted({
      clientTitle: HALF,
      handlers: {
        "item/tool/call": () => ({ success: true, contentItems: [{ type: "inputText", text: HALF }] }),
      },
    });
    const { codex, server } = peer;
    scriptTurns(server, (turn) => turn.message("ok"));
    server.onRequest("thread/name/set", () => ({}));
    const thread = await codex.threadStart({ developerInstructions: HALF, config: { [HALF]: HALF } });
    await thread.run(HALF);
    await thread.setName(HALF);
    await codex.requestRaw(`future/${HALF}`, [HALF]).catch(() => {});
    const answer = await server.ask("item/tool/call", serverRequestParams("item/tool/call", { threadId: thread.id }));
    assertEquals(answer.contentItems, [{ type: "inputText", text: "x\ufffd" }]);
    assert(!/\p{Cs}/u.test(JSON.stringify(server.messages)) && !/\\ud83d/.test(JSON.stringify(server.messages)));
    const told = peer.diagnostics.flatMap((d) => d.type === "text-mended" ? [`${d.method} ${d.path}`] : []);
    assertEquals(told, [
      "initialize params.clientInfo.title",
      "thread/start params.developerInstructions",
      "turn/start params.input[0].text",
      "thread/name/set params.name",
      "future/x\\u{d83d} method",
      "null result.contentItems[0].text",
    ]);
  });

  test("[W1] too deep a request is a TypeError, and nothing is sent", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (turn) => turn.message("ok"));
    const thread = await peer.codex.threadStart();
    const before = peer.server.messages.length;
    for (const levels of [127, 5000, 100_000]) {
      await assertRejects(() => peer.codex.requestRaw("x", deep(levels)), TypeError, "127 levels");
      await assertRejects(() => peer.codex.threadStart({ config: { x: deep(levels) } }), TypeError, "127 levels");
      await assertRejects(() => thread.run("x", { outputSchema: schema(levels) }), TypeError);
    }
    assertEquals(peer.server.messages.length, before);
    assertEquals((await thread.run("still works")).status, "completed");
  });

  test("[W1] too deep an answer of a handler is refused at once, and told", async () => {
    await using peer = scripted({
      handlers: { "mcpServer/elicitation/request": () => ({ action: "accept", content: deep(200) }) },
    });
    await peer.codex.threadStart();
    const answer = await peer.server.ask(
      "mcpServer/elicitation/request",
      serverRequestParams("mcpServer/elicitation/request"),
    );
    assertEquals(answer, { action: "decline", content: null });
    const [told] = peer.diagnostics.filter((d) => d.type === "server-request-refused");
    assertEquals([told?.reason, (told?.error as Error).name], ["invalid-answer", "TypeError"]);
  });

  test("[W1] an answer given by hand that is too deep throws, and the request goes on waiting", async () => {
    await using peer = scripted({ handlers: { "mcpServer/elicitation/request": (_params, ctx) => ctx.defer() } });
    peer.server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
    await peer.codex.threadStart();
    const answer = peer.server.ask(
      "mcpServer/elicitation/request",
      serverRequestParams("mcpServer/elicitation/request"),
    );
    await peer.codex.models();
    const [pending] = peer.codex.pendingServerRequests();
    assert(pending !== undefined);
    assertThrows(
      () => peer.codex.answer(pending.id, { action: "accept", content: deep(200) }),
      TypeError,
      "127 levels",
    );
    peer.codex.answer(pending.id, { action: "accept", content: {} });
    assertEquals((await answer).action, "accept");
  });

  test("[W2] what the server says of it is a diagnostic, and stands in the error of whoever waits", async () => {
    await using server = new ScriptedAppServer();
    server.onRequest("model/list", (_params, ctx) => ctx.never());
    scriptTurns(server, () => new Promise(() => {}));
    server.onRequest("turn/interrupt", () => ({}));
    server.onRequest("thread/turns/list", () => ({ data: [] }));
    const diagnostics: Diagnostic[] = [];
    let say = (_text: string) => {};
    const codex = new Codex({
      transport: ({ onStderr }) => {
        say = onStderr!;
        return server.connect();
      },
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    const thread = await codex.threadStart();
    const turn = await thread.turn("hi", { timeoutMs: 300 });
    const waits = codex.models({}, { timeoutMs: 300 });
    await server.received("model/list");
    for (const piece of COMPLAINT.match(/.{1,7}\n?/g)!) say(piece);
    say("and something else\n");
    const told = diagnostics.filter((d) => d.type === "message-unreadable");
    assertEquals(told.map(({ line }) => line), [COMPLAINT.trim()]);
    const errors = [waits, turn.run()].map((promise) => assertRejects(() => promise, TimeoutError));
    for (const error of await Promise.all(errors)) {
      assertStringIncludes(error.message, "Failed to deserialize JSONRPCMessage: lone surrogate");
    }
    const after = await assertRejects(() => codex.models({}, { timeoutMs: 20 }), TimeoutError);
    assert(!after.message.includes("deserialize"), "a request that was sent later is not blamed for it");
    await codex.close();
  });

  test("[W2] also while the server is greeted", async () => {
    const codex = new Codex({
      transport: async ({ onStderr }) => {
        const server = new ScriptedAppServer();
        server.onRequest("initialize", (_params, ctx) => {
          onStderr!(COMPLAINT);
          ctx.never();
        });
        return await server.connect();
      },
      limits: { startTimeoutMs: 300 },
    });
    const error = await assertRejects(() => codex.models(), TimeoutError);
    assertStringIncludes(error.message, "Failed to deserialize JSONRPCMessage");
    await codex.close();
  });

  test("[W2] an endless line on stderr grows nothing, and hides nothing behind it", async () => {
    const { watchStderr } = await import("../../src/client/connection/stderr_watch.ts");
    const told: string[] = [];
    const watch = watchStderr((line) => told.push(line));
    for (let i = 0; i < 1000; i++) watch("x".repeat(10_000));
    watch(`\n${COMPLAINT.trim()}${"y".repeat(5000)}\n`);
    assertEquals(told.map(({ length }) => length), [1000]);
  });
});

function schema(levels: number): never {
  let value: unknown = { type: "string" };
  for (let i = 0; i < levels; i++) {
    value = { type: "object", properties: { a: value }, required: ["a"], additionalProperties: false };
  }
  return value as never;
}
