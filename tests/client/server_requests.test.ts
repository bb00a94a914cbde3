import { InvalidParamsError, type PendingServerRequest, type ServerRequestContext } from "@codex-app-server/sdk";
import { SERVER_REQUESTS, type ServerRequestMethod } from "@codex-app-server/sdk/protocol";
import { item, scriptTurns, serverRequestParams } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { type Scripted, scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";
const METHODS = Object.keys(SERVER_REQUESTS) as ServerRequestMethod[];
/** Those that have no refusal of their own shape. */
const ERRORS: readonly ServerRequestMethod[] = ["account/chatgptAuthTokens/refresh", "attestation/generate"];

function refusals(peer: Scripted): string[] {
  return peer.diagnostics.filter((d) => d.type === "server-request-refused").map(({ reason }) => reason);
}

describe("a server request", () => {
  test("[A1] without a handler is refused at once in its own shape, and a diagnostic says so", async () => {
    await using peer = scripted();
    await peer.codex.threadStart();
    for (const method of METHODS) {
      const answer = peer.server.ask(method, serverRequestParams(method));
      if (ERRORS.includes(method)) await assertRejects(() => answer, Error, method);
      else assert(!/accept|approved/.test(JSON.stringify(await answer)), method);
    }
    assertEquals(refusals(peer), METHODS.map(() => "no-handler"));
  });

  test("[A1] of an unknown method is refused with -32601", async () => {
    const peer = scripted({}, { validate: false });
    await peer.codex.threadStart();
    const answer = peer.server.ask("future/ask" as ServerRequestMethod, {} as never);
    const error = await assertRejects(() => answer, Error, "future/ask");
    assertMatch(error.message, /-32601/);
    assertEquals(peer.diagnostics.map(({ type }) => type), ["unknown-method", "server-request-refused"]);
    await peer.codex.close();
    await peer.server.close();
  });

  test("[A1] is seen among the events, in its place, and is answered no differently", async () => {
    await using peer = scripted();
    const thread = await peer.codex.threadStart();
    const all = peer.codex.events();
    const notifications = peer.codex.notifications();
    peer.server.notify("thread/name/updated", { threadId: thread.id, threadName: "before" });
    const answer = peer.server.ask(COMMAND, serverRequestParams(COMMAND, { command: "ls" }));
    await answer;
    peer.server.notify("thread/name/updated", { threadId: thread.id, threadName: "behind" });
    const seen = [await all.next(), await all.next(), await all.next()].map(({ value }) => value);
    assertEquals(seen.map(({ method }) => method), ["thread/name/updated", COMMAND, "thread/name/updated"]);
    assertEquals([typeof seen[1].id, seen[1].params.command], ["number", "ls"]);
    assertEquals(refusals(peer), ["no-handler"]);
    const plain = [await notifications.next(), await notifications.next()].map(({ value }) => value.method);
    assertEquals(plain, ["thread/name/updated", "thread/name/updated"]);
    await all.return?.();
    await notifications.return?.();
  });

  test("[A2] goes to its handler; a thousand that wait hold up nothing", async () => {
    const release = deferred<void>();
    await using peer = scripted({
      handlers: {
        "item/tool/call": async ({ tool }) => {
          await release.promise;
          return { success: true, contentItems: [{ type: "inputText", text: tool }] };
        },
      },
    });
    scriptTurns(peer.server, (playing) => playing.message("flows"));
    const thread = await peer.codex.threadStart();
    const answers = Array.from(
      { length: 1000 },
      (_, n) =>
        peer.server.ask("item/tool/call", serverRequestParams("item/tool/call", { tool: `t${n}`, turnId: "another" })),
    );
    assertEquals((await thread.run("hi")).status, "completed");
    assertEquals(peer.codex.pendingServerRequests().length, 1000);
    release.resolve();
    const texts = (await Promise.all(answers)).map(({ contentItems: [first] }) => first);
    assertEquals(texts.map((content) => content?.type === "inputText" && content.text), texts.map((_, n) => `t${n}`));
    assertEquals(peer.codex.pendingServerRequests(), []);
  });

  test("[A3] its signal aborts when it is resolved elsewhere, at the turn's end, and at close; late answers are dropped", async () => {
    const seen: ServerRequestContext[] = [];
    const aborted: string[] = [];
    const release = deferred<void>();
    const peer = scripted({
      handlers: {
        [COMMAND]: async (_params, ctx) => {
          seen.push(ctx);
          ctx.signal.addEventListener("abort", () => aborted.push(String(ctx.signal.reason.message)));
          await release.promise;
          return { decision: "accept" };
        },
      },
    });
    const asked = deferred<void>();
    scriptTurns(peer.server, (playing) => {
      playing.ask(COMMAND).catch(() => {});
      asked.resolve();
    });
    const thread = await peer.codex.threadStart();
    const { connection } = peer.server;
    const others = serverRequestParams(COMMAND, { turnId: "another" });
    connection.ask(COMMAND, others).catch(() => {});
    await thread.run("hi");
    await asked.promise;
    connection.notify("serverRequest/resolved", { threadId: thread.id, requestId: seen[0]!.id });
    connection.ask(COMMAND, others).catch(() => {});
    while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 0));
    await peer.codex.close();
    assertEquals(aborted.length, 3);
    assertMatch(aborted[0]!, /Turn turn-1 is over/);
    assertMatch(aborted[1]!, /resolved elsewhere/);
    assertMatch(aborted[2]!, /closed/);
    release.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(peer.diagnostics.map(({ type }) => type), ["late-answer", "late-answer", "late-answer"]);
    await peer.server.close();
  });

  test("[A4] a handler that throws or answers in the wrong shape: a safe refusal, a diagnostic, and life goes on", async () => {
    const answers: unknown[] = [{ approved: true }, { decision: "yes" }, undefined];
    await using peer = scripted({
      handlers: {
        [COMMAND]: () => {
          if (answers.length === 0) throw new Error("handler");
          return answers.shift() as never;
        },
      },
    });
    await peer.codex.threadStart();
    for (let i = 0; i < 4; i++) {
      assertEquals(await peer.server.ask(COMMAND, serverRequestParams(COMMAND)), { decision: "decline" });
    }
    assertEquals(refusals(peer), ["invalid-answer", "invalid-answer", "invalid-answer", "handler-threw"]);
  });

  test("[A4] an answer that is no JSON is a wrong one: refused when a handler gives it, thrown when answer() is given it", async () => {
    const method = "mcpServer/elicitation/request";
    let park = false;
    await using peer = scripted({
      handlers: { [method]: (_params, ctx) => park ? ctx.defer() : { action: "accept", content: { n: 1n } } as never },
    });
    await peer.codex.threadStart();
    const refusal = { action: "decline" as const, content: null };
    assertEquals(await peer.server.ask(method, serverRequestParams(method)), refusal);
    assertEquals(refusals(peer), ["invalid-answer"]);
    park = true;
    const answer = peer.server.ask(method, serverRequestParams(method));
    while (peer.codex.pendingServerRequests()[0]?.state !== "parked") {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const { id } = peer.codex.pendingServerRequests()[0]!;
    assertThrows(() => peer.codex.answer(id, { action: "accept", content: { n: 1n } } as never), TypeError);
    peer.codex.answer<typeof method>(id, refusal);
    assertEquals(await answer, refusal);
  });

  test("[A5] is refused when its handler takes longer than serverRequestTimeoutMs", async () => {
    const signal = deferred<AbortSignal>();
    await using peer = scripted({
      serverRequestTimeoutMs: 10,
      handlers: {
        [COMMAND]: (_params, ctx) => {
          signal.resolve(ctx.signal);
          return new Promise(() => {});
        },
        "item/tool/call": (_params, ctx) => ctx.defer(),
      },
    });
    await peer.codex.threadStart();
    assertEquals(await peer.server.ask(COMMAND, serverRequestParams(COMMAND)), { decision: "decline" });
    assertEquals((await signal.promise).aborted, true);
    const parked = await peer.server.ask("item/tool/call", serverRequestParams("item/tool/call"));
    assertEquals(parked.success, false);
    assertEquals(refusals(peer), ["timeout", "timeout"]);
  });

  test("[A6] a thread's handler comes before the client's, and may pass to it", async () => {
    await using peer = scripted({ handlers: { [COMMAND]: () => ({ decision: "cancel" }) } });
    scriptTurns(peer.server, async (playing) => {
      const { decision } = await playing.ask(COMMAND);
      playing.message(JSON.stringify(decision));
    });
    const handlers = [undefined, { [COMMAND]: () => ({ decision: "accept" as const }) }, {
      [COMMAND]: (_params: unknown, ctx: ServerRequestContext) => ctx.pass(),
    }];
    const said = [];
    for (const each of handlers) {
      const thread = await peer.codex.threadStart({}, { handlers: each });
      const turn = await thread.run("hi");
      const [message] = turn.items;
      said.push(message?.type === "agentMessage" ? message.text : message);
    }
    assertEquals(said, ['"cancel"', '"accept"', '"cancel"']);
  });

  test("[A6] handlers of a resumed thread are in place before its request, and gone if it fails", async () => {
    await using peer = scripted();
    peer.server.onRequest("thread/resume", async ({ threadId }, ctx) => {
      const params = serverRequestParams(COMMAND, { threadId });
      assertEquals(await ctx.connection.ask(COMMAND, params), { decision: "accept" });
      ctx.fail(-32600, "no rollout found");
    });
    const handlers = { [COMMAND]: () => ({ decision: "accept" as const }) };
    await assertRejects(() => peer.codex.threadResume("t", {}, { handlers }), Error, "no rollout");
    const params = serverRequestParams(COMMAND, { threadId: "t" });
    assertEquals(await peer.server.ask(COMMAND, params), { decision: "decline" });
  });

  test("[A7] can be parked, listed as plain data, and answered later by its id", async () => {
    await using peer = scripted({ handlers: { [COMMAND]: (_params, ctx) => ctx.defer() } });
    await peer.codex.threadStart();
    const answer = peer.server.ask(COMMAND, serverRequestParams(COMMAND, { command: "rm -rf /" }));
    const parked = (): PendingServerRequest | undefined => peer.codex.pendingServerRequests()[0];
    while (parked()?.state !== "parked") await new Promise((resolve) => setTimeout(resolve, 0));
    const { id, method, params, threadId, turnId } = structuredClone(parked())!;
    assertEquals([method, threadId, turnId], [COMMAND, "thread-1", "turn-1"]);
    assertEquals(method === COMMAND && params.command, "rm -rf /");
    assertThrows(() => peer.codex.answer(id, { decision: "perhaps" } as never), InvalidParamsError, "decision");
    peer.codex.answer<typeof COMMAND>(id, { decision: "decline" });
    assertEquals(await answer, { decision: "decline" });
    assertThrows(() => peer.codex.answer<typeof COMMAND>(id, { decision: "decline" }), RangeError, "pending");
  });

  test("[A7] what answer() has answered is over for its handler: no late answer, and nobody else is asked", async () => {
    const events: string[] = [];
    let asked = 0;
    const go = deferred<void>();
    await using peer = scripted({
      handlers: { [COMMAND]: () => void events.push("the client's") as never },
    });
    const answers = [(ctx: ServerRequestContext) => ctx.defer(), (ctx: ServerRequestContext) => ctx.pass()];
    const done: Promise<void>[] = [];
    await peer.codex.threadStart({}, {
      handlers: {
        [COMMAND]: async (_params, ctx) => {
          ctx.signal.addEventListener("abort", () => events.push(ctx.signal.reason.message));
          asked++;
          await go.promise;
          return answers.shift()!(ctx);
        },
      },
    });
    for (const _ of answers) {
      done.push(
        peer.server.ask(COMMAND, serverRequestParams(COMMAND)).then(({ decision }) => {
          events.push(String(decision));
        }),
      );
    }
    // A request is pending before its handler has been called.
    while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 0));
    for (const { id } of peer.codex.pendingServerRequests()) {
      peer.codex.answer<typeof COMMAND>(id, { decision: "cancel" });
    }
    await Promise.all(done);
    go.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const told = `${COMMAND} was answered elsewhere`;
    // The handler and the server are told at the same time, in no order.
    assertEquals([events.sort(), peer.diagnostics], [["cancel", "cancel", told, told], []]);
  });

  test("[A3] tells the item that it is about, if this client has seen it", async () => {
    const items: unknown[] = [];
    await using peer = scripted({
      handlers: {
        [COMMAND]: (_params, ctx) => {
          items.push(ctx.item);
          return { decision: "decline" };
        },
      },
    });
    const command = item("commandExecution", { id: "c1", command: "ls", status: "inProgress" });
    scriptTurns(peer.server, async (playing) => {
      const ids = { threadId: playing.threadId, turnId: playing.id };
      playing.connection.notify("item/started", { ...ids, item: command, startedAtMs: 1 });
      await playing.ask(COMMAND, { itemId: "c1" });
      await playing.ask(COMMAND, { itemId: "c2" });
    });
    await (await peer.codex.threadStart()).run("hi");
    assertEquals(items, [command, null]);
  });
});
