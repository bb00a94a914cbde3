import { Codex, ProtocolError, StreamOverflowError, type Transport } from "@codex-app-server/sdk";
import { item, notification, serverRequestParams, turn } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collectUntil } from "../collect_garbage.ts";
import { collect, scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";
const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A server that greets, says whatever it is made to, and reads nothing more. */
function stubborn(): { readonly transport: Transport; push(message: unknown): void } {
  let controller!: ReadableStreamDefaultController<string>;
  let written = 0;
  const push = (message: unknown) => controller.enqueue(JSON.stringify(message));
  const readable = new ReadableStream<string>({ start: (each) => void (controller = each) });
  const writable = new WritableStream<string>({
    write(line) {
      if (++written > 2) return new Promise(() => {});
      const { id } = JSON.parse(line);
      const result = { userAgent: "x/0.169.0", codexHome: "/x", platformFamily: "unix", platformOs: "linux" };
      if (id !== undefined) push({ id, result });
    },
  });
  const transport = { readable, writable, closed: new Promise<never>(() => {}), close: () => Promise.resolve() };
  return { transport, push };
}

describe("what a server can make grow", () => {
  test("[P15] answers that it does not read end the connection, also one that has no end of its own", async () => {
    const { transport, push } = stubborn();
    const codex = await Codex.start({ transport, limits: { unreadBytes: 100_000 } });
    for (let id = 0; id < 1000; id++) {
      push({ id, method: COMMAND, params: serverRequestParams(COMMAND, { itemId: `${id}` }) });
    }
    const { reason, error } = await codex.closed;
    assert(reason === "lost" && error.cause instanceof ProtocolError, String(error.cause));
    assertStringIncludes(error.message, "limits.unreadBytes");
    assertEquals(codex.pendingServerRequests(), []);
    await codex.close();
  });

  test("[P15] one answer may be as large as it is, and a thousand that are read are nothing", async () => {
    const text = "x".repeat(200_000);
    await using peer = scripted({
      limits: { unreadBytes: 100_000 },
      handlers: { "item/tool/call": () => ({ success: true, contentItems: [{ type: "inputText", text }] }) },
    });
    await peer.codex.threadStart();
    for (let n = 0; n < 20; n++) {
      const { contentItems: [first] } = await peer.server.ask("item/tool/call", serverRequestParams("item/tool/call"));
      assertEquals(first?.type === "inputText" && first.text.length, text.length);
    }
  });

  test("[P15] questions that nobody answers are so many bytes and no more; further ones are refused at once", async () => {
    await using peer = scripted({
      limits: { questionBytes: 50_000 },
      handlers: { [COMMAND]: (_params, ctx) => ctx.defer() },
    });
    const thread = await peer.codex.threadStart();
    let answered = 0;
    for (let n = 0; n < 100; n++) {
      const params = serverRequestParams(COMMAND, { threadId: thread.id, itemId: `${n}` });
      void peer.server.ask(COMMAND, params).then(() => answered++, () => {});
    }
    const parked = () => peer.codex.pendingServerRequests();
    while (answered + parked().length < 100) await tick();
    assert(parked().length > 5 && parked().length < 15, `${parked().length}`);
    const reasons = peer.diagnostics.flatMap((each) => each.type === "server-request-refused" ? each.reason : []);
    assertEquals([...new Set(reasons)], ["too-many"]);
    // One that is too large by itself is still asked.
    for (const { id } of parked()) peer.codex.answer<typeof COMMAND>(id, { decision: "decline" });
    while (answered < 100) await tick();
    void peer.server.ask(COMMAND, serverRequestParams(COMMAND, { command: "x".repeat(60_000) })).catch(() => {});
    while (parked().length === 0) await tick();
  });

  test("[P15] events before the reply that names their turn: the stream says that they were too many, run() has all", async () => {
    await using peer = scripted({ limits: { streamBytes: 100_000 } });
    const [flood, reply] = [deferred<void>(), deferred<void>()];
    const whole = turn({ id: "t", items: [item("plan", { id: "a" })], itemsView: "full" });
    peer.server.onRequest("thread/turns/list", () => ({ data: [whole] }));
    peer.server.onRequest("turn/start", async ({ threadId }, ctx) => {
      for (let n = 0; n < 2000; n++) {
        const params = { threadId, turn: turn({ id: n === 0 ? "t" : `t${n}`, status: "inProgress" }) };
        ctx.connection.notify("turn/started", notification("turn/started", params).params);
      }
      flood.resolve();
      await reply.promise;
      ctx.reply({ turn: turn({ id: "t", status: "inProgress" }) });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    const thread = await peer.codex.threadStart();
    const events = peer.codex.notifications("turn/started");
    const starting = thread.turn("hi");
    await flood.promise;
    for (let n = 0; n < 2000; n++) await events.next();
    reply.resolve();
    const handle = await starting;
    await assertRejects(() => collect(handle.stream()), StreamOverflowError);
    assertEquals((await handle.run()).items.map(({ id }) => id), ["a"]);
  });

  test("[P15] the items of a turn: past the limit they are the server's to tell", async () => {
    await using peer = scripted({ limits: { turnBytes: 20_000 } });
    const items = Array.from({ length: 100 }, (_, n) => item("plan", { id: `${n}`, text: "x".repeat(1000) }));
    peer.server.onRequest("thread/turns/list", () => ({ data: [turn({ id: "t", items, itemsView: "full" })] }));
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      ctx.reply({ turn: turn({ id: "t", status: "inProgress" }) });
      const send = ctx.connection;
      send.notify("turn/started", { threadId, turn: turn({ id: "t", status: "inProgress" }) });
      for (const each of items) {
        send.notify("item/completed", notification("item/completed", { threadId, turnId: "t", item: each }).params);
      }
      send.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    const result = await (await peer.codex.threadStart()).run("hi");
    assertEquals(result.items.map(({ id }) => id), items.map(({ id }) => id));
  });

  test("[P15] names of any length: of methods, threads, turns, items, requests", async () => {
    const { transport, push } = stubborn();
    const codex = await Codex.start({ transport, onDiagnostic: () => {}, limits: { rememberedBytes: 100_000 } });
    const long = (n: number) => `${n}${"x".repeat(1 << 20)}`;
    const seen = codex.notifications("quite/done" as never);
    for (let n = 0; n < 40; n++) {
      push({ method: long(n), params: {} });
      push({ method: "thread/started", params: { thread: { id: long(n), parentThreadId: long(n + 1) } } });
      push({ method: "turn/started", params: { threadId: long(n), turn: { id: long(n), rootTurnId: long(n + 1) } } });
      const told = { type: "collabAgentToolCall", id: long(n), tool: "spawnAgent", receiverThreadIds: [long(n)] };
      push({ method: "item/completed", params: { threadId: "a", turnId: "b", item: told } });
      push({
        method: "thread/tokenUsage/updated",
        params: { threadId: long(n), turnId: long(n), tokenUsage: { total: {} } },
      });
      push({ method: "serverRequest/resolved", params: { threadId: long(n), requestId: long(n) } });
      if (n % 10 === 0) await tick();
    }
    push({ method: "quite/done", params: {} });
    await seen.next();
    await seen.return?.();
    const heap = () => process.memoryUsage().heapUsed / 2 ** 20;
    assert(await collectUntil(() => heap() < 150), `${heap()} MB`);
    await Promise.race([codex.close(), tick()]);
  });
});
