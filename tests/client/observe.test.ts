import type {
  CodexObserver,
  Diagnostic,
  PendingServerRequest,
  ServerRequestContext,
  ServerRequestOutcome,
} from "@codex-app-server/sdk";
import { ThreadResumeResponseSchema } from "@codex-app-server/sdk/protocol";
import {
  item,
  notification,
  sample,
  type ScriptedAppServer,
  scriptTurns,
  serverRequestParams,
  turn,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";
const trace = (digit: string) => ({ traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01` });

const models = (server: ScriptedAppServer) => server.onRequest("model/list", () => ({ data: [], nextCursor: null }));

async function ask(server: ScriptedAppServer, threadId: string, itemId = "i"): Promise<unknown> {
  return await server.ask(COMMAND, serverRequestParams(COMMAND, { threadId, turnId: "t", itemId }));
}

/** What came, and a way to wait for so much of it. */
class Log<T> {
  readonly entries: T[] = [];
  #wake = () => {};

  add(entry: T): void {
    this.entries.push(entry);
    this.#wake();
  }

  async reach(count: number): Promise<T[]> {
    while (this.entries.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.entries;
  }
}

describe("observe", () => {
  test("shows each request with its trace and its end, in the caller's context; what it names goes with it", async () => {
    const caller = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await using peer = scripted({ traceContext: () => trace("1") });
    models(peer.server);
    peer.codex.observe({
      request: ({ method, params, trace: given }) => {
        seen.push([method, params, given?.traceparent, caller.getStore()]);
        return { trace: trace("2"), onResult: (result) => seen.push(result), onError: () => seen.push("failed") };
      },
    });
    peer.codex.observe({ request: ({ trace: given }) => void seen.push(given) });
    await peer.codex.threadStart();
    seen.length = 0;
    await caller.run("me", () => peer.codex.models({ cursor: "c" }, { trace: trace("3") }));
    assertEquals(seen, [
      ["model/list", { cursor: "c" }, trace("3").traceparent, "me"],
      trace("2"),
      { data: [], nextCursor: null },
    ]);
    peer.server.onRequest("model/list", (_params, ctx) => ctx.fail(-32600, "no"));
    await assertRejects(() => peer.codex.models());
    assertEquals(seen.at(-1), "failed");
  });

  test("starts nothing, sees what is sent before any reader does, and nothing once it was stopped", async () => {
    await using peer = scripted();
    const order: string[] = [];
    const stop = peer.codex.observe({ event: ({ method }) => void order.push(`observer ${method}`) });
    assertEquals(peer.server.connections.length, 0);
    const thread = await peer.codex.threadStart();
    order.length = 0;
    const stream = thread.events();
    peer.server.notify("thread/name/updated", notification("thread/name/updated", { threadId: thread.id }).params);
    const { value } = await stream.next();
    assertEquals([...order, value?.method], ["observer thread/name/updated", "thread/name/updated"]);
    stop();
    stop();
    peer.server.notify("thread/name/updated", notification("thread/name/updated", { threadId: thread.id }).params);
    await stream.next();
    assertEquals(order.length, 1);
  });

  test("[O4] runs around the handler, in the handler's own context, whatever it does with it", async () => {
    const [outer, inner] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
    const seen: unknown[] = [];
    await using peer = scripted();
    const handle: CodexObserver["handle"] = (request, ctx, next) => {
      seen.push([request.method, request.id === ctx.id, outer.getStore()]);
      void inner.run("put around it", next);
    };
    for (
      const observer of [
        { handle },
        { handle: () => {} }, // leaves it uncalled
        { handle: (_r, _c, next) => void next().then(next) }, // calls it twice
        {
          handle: () => {
            throw new Error("broken");
          },
        },
      ] satisfies CodexObserver[]
    ) peer.codex.observe(observer);
    let calls = 0;
    const thread = await outer.run("of the thread", () =>
      peer.codex.threadStart({}, {
        handlers: {
          [COMMAND]: () => {
            calls++;
            seen.push([outer.getStore(), inner.getStore()]);
            return { decision: "accept" };
          },
        },
      }));
    assertEquals(await ask(peer.server, thread.id), { decision: "accept" });
    assertEquals(seen, [[COMMAND, true, "of the thread"], ["of the thread", "put around it"]]);
    assertEquals(calls, 1);
    assertEquals(peer.diagnostics.flatMap((each) => each.type === "callback-threw" ? each.callback : []), ["observer"]);
  });

  test("[O3] tells what became of each question: answered here, refused, gone", async () => {
    const settled = new Log<[PendingServerRequest["id"], ServerRequestOutcome]>();
    const asked = new Log<ServerRequestContext>();
    let answer: (ctx: ServerRequestContext) => unknown = () => ({ decision: "accept" });
    await using peer = scripted({
      handlers: {
        [COMMAND]: (_params, ctx) => {
          asked.add(ctx);
          return answer(ctx) as { decision: "accept" };
        },
      },
    });
    const thread = await peer.codex.threadStart();
    peer.codex.observe({ settled: ({ id }, outcome) => settled.add([id, outcome]) });
    await ask(peer.server, thread.id);
    answer = () => {
      throw new Error("no idea");
    };
    await ask(peer.server, thread.id);
    answer = (ctx) => ctx.defer();
    const parked = ask(peer.server, thread.id);
    await asked.reach(3);
    peer.codex.answer(peer.codex.pendingServerRequests()[0]!.id, { decision: "decline" });
    await parked;
    void ask(peer.server, thread.id).catch(() => {});
    await asked.reach(4);
    const [{ requestId }] = peer.codex.pendingServerRequests() as [PendingServerRequest];
    peer.server.notify("serverRequest/resolved", { threadId: thread.id, requestId });
    await settled.reach(4);
    assertEquals(settled.entries.map(([id]) => id), asked.entries.map(({ id }) => id));
    assertEquals(settled.entries.map(([, outcome]) => outcome), [
      { type: "answered", result: { decision: "accept" } },
      { type: "refused", reason: "handler-threw" },
      { type: "answered", result: { decision: "decline" } },
      { type: "gone", reason: "it was resolved elsewhere" },
    ]);
  });

  test("tells of turns that nothing more is heard of: of this client and of others, each once", async () => {
    const lost = new Log<string>();
    await using peer = scripted();
    peer.codex.observe({
      turnLost: ({ turnId }, error) => lost.add(`${turnId} ${(error as { code?: string })?.code}`),
    });
    scriptTurns(peer.server, ({ signal }) => new Promise<void>((end) => signal.addEventListener("abort", () => end())));
    const thread = await peer.codex.threadStart();
    const own = await thread.turn("go");
    for (const [threadId, id] of [["other", "of another"], ["archived", "of an archived one"]] as const) {
      peer.server.notify("turn/started", { threadId, turn: turn({ id, status: "inProgress" }) });
    }
    peer.server.notify("thread/archived", { threadId: "archived" });
    const failed = assertRejects(() => own.run());
    assertEquals(await lost.reach(1), ["of an archived one undefined"]);
    await peer.codex.close();
    await failed;
    assertEquals(lost.entries.slice(1).sort(), [`${own.id} TRANSPORT_CLOSED`, "of another TRANSPORT_CLOSED"].sort());
  });

  test("is told how turns ended in a gap, as if the server had said so", async () => {
    const seen = new Log<string>();
    await using peer = scripted((server) => ({
      reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
      transport: () => Object.assign(server.connect(), { shared: true }),
    }));
    peer.server.onRequest("turn/start", ({ threadId }, ctx) => {
      const running = turn({ id: "own", status: "inProgress" });
      ctx.reply({ turn: running });
      ctx.connection.notify("turn/started", { threadId, turn: running });
    });
    peer.server.onRequest("thread/turns/list", () => ({ data: [turn({ id: "own" })] }));
    peer.server.onRequest("thread/resume", ({ threadId }) => {
      const turns = [turn({ id: threadId === "watched" ? "foreign" : "own", status: "interrupted" })];
      return sample(ThreadResumeResponseSchema, { thread: { id: threadId, turns } });
    });
    const watched = await peer.codex.threadResume("watched");
    const thread = await peer.codex.threadStart();
    const own = await thread.turn("go");
    peer.server.notify("turn/started", { threadId: watched.id, turn: turn({ id: "foreign", status: "inProgress" }) });
    peer.server.notify("turn/started", { threadId: "unseen", turn: turn({ id: "unseen", status: "inProgress" }) });
    peer.codex.observe({
      event: (event) => {
        if (event.method === "turn/completed") seen.add(`${event.params.turn.id} ${event.params.turn.status}`);
        if (event.method === "connection/gap") seen.add(`gap in ${event.params.threadId}`);
      },
      turnLost: ({ turnId }) => seen.add(`${turnId} lost`),
    });
    await peer.server.connection.die();
    await own.run();
    await seen.reach(5);
    assertEquals(
      seen.entries.sort(),
      [
        "foreign interrupted",
        `gap in ${thread.id}`,
        "gap in watched",
        "own completed",
        "unseen lost",
      ].sort(),
    );
  });

  test("what an observer throws is told, and harms nobody", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const diagnostics: Diagnostic[] = [];
    await using peer = scripted({
      handlers: { [COMMAND]: () => ({ decision: "accept" }) },
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    peer.codex.observe({
      request: () => ({ onResult: broken, onError: broken }),
      event: broken,
      handle: broken,
      settled: broken,
      turnLost: broken,
    });
    peer.codex.observe({ request: broken });
    scriptTurns(peer.server, async (playing) => {
      await playing.ask(COMMAND, { itemId: "i" });
      playing.message("done");
    });
    const thread = await peer.codex.threadStart();
    assertEquals((await thread.run("go")).status, "completed");
    assert(diagnostics.length > 5);
    assertEquals(new Set(diagnostics.map(({ type }) => type)), new Set(["callback-threw"]));
  });

  test("refuses what is no observer", async () => {
    await using peer = scripted();
    for (const wrong of [undefined, null, "event", 1]) {
      assertThrows(() => peer.codex.observe(wrong as never), TypeError, "observe must be an object with methods");
    }
    assertThrows(() => peer.codex.observe({ event: 1 } as never), TypeError, "observe: event must be a function");
    peer.codex.observe({});
  });

  test("threadPath says whose sub-agent a thread is", async () => {
    await using peer = scripted();
    const root = await peer.codex.threadStart();
    const told = item("collabAgentToolCall", { tool: "spawnAgent", receiverThreadIds: ["child"], status: "completed" });
    const stream = root.events();
    peer.server.notify(
      "item/completed",
      notification("item/completed", { threadId: root.id, turnId: "t", item: told }).params,
    );
    await stream.next();
    assertEquals(peer.codex.threadPath("child"), [root.id, "child"]);
    assertEquals(peer.codex.threadPath(root.id), [root.id]);
    assertEquals(peer.codex.threadPath("never heard of"), null);
  });
});
