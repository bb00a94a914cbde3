import {
  Codex,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  type Transport,
  TransportClosedError,
  websocketTransport,
} from "@codex-app-server/sdk";
import { command, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { collect, methods } from "../client/scripted.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const RECONNECT = { initialDelayMs: 10, maxDelayMs: 200 };

/** A client whose connection can be cut. */
async function droppable(server: ListeningServer, options: CodexOptions = {}) {
  const open = websocketTransport(server.address);
  const diagnostics: Diagnostic[] = [];
  let current: Transport | undefined;
  const codex = await Codex.start({
    transport: async (context) => current = await open(context),
    reconnect: RECONNECT,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  const types = () => diagnostics.map(({ type }) => type).filter((type) => type.startsWith("reconnect"));
  return { codex, types, diagnostics, drop: () => current!.close() };
}

describe("reconnection (real)", () => {
  test("[L13] a turn goes on in its handle: its stream after a marked gap, run() with every item, once", async () => {
    await using server = await listeningServer();
    const { codex, drop, types } = await droppable(server);
    await using _codex = codex;
    const [first, second] = [server.model.gate(), server.model.gate()];
    server.model
      .reply(message("before"), command("echo one"))
      .reply(message(["dur", first, "ing"]), command("echo two"))
      .reply(message([second, "after"]));
    const thread = await codex.threadStart({ cwd: server.workspace });
    const handle = await thread.turn("go");
    const events = collect(handle.stream());
    await first.reached;
    await drop();
    first.release();
    await second.reached;
    // The gap is over when the thread has been resumed; only then may the rest of the turn come.
    while (!types().includes("reconnected")) await new Promise((resolve) => setTimeout(resolve, 5));
    second.release();
    const turn = await handle.run();
    assertEquals([turn.status, finalResponse(turn)], ["completed", "after"]);
    const kinds = [
      "userMessage",
      "agentMessage",
      "commandExecution",
      "agentMessage",
      "commandExecution",
      "agentMessage",
    ];
    assertEquals(turn.items.map(({ type }) => type), kinds);
    assertEquals(new Set(turn.items.map(({ id }) => id)).size, turn.items.length);
    const seen = await events;
    assertEquals(methods(seen).filter((method) => method === "connection/gap").length, 1);
    const completed = seen.filter((event) => event.method === "item/completed").map(({ params }) => params.item.id);
    assertEquals(new Set(completed).size, completed.length);
    assertEquals(methods(seen).at(-1), "turn/completed");
    assertEquals(types(), ["reconnecting", "reconnected"]);
    server.model.reply("still there");
    assertEquals(finalResponse(await thread.run("again")), "still there");
  });

  test("[L13] a turn that ended in the gap is returned, whole", async () => {
    await using server = await listeningServer();
    const hold: { until?: Promise<void> } = {};
    const open = websocketTransport(server.address);
    let current: Transport | undefined;
    await using codex = await Codex.start({
      reconnect: RECONNECT,
      transport: async (context) => {
        await hold.until;
        return current = await open(context);
      },
    });
    await using watcher = await Codex.start({ transport: open });
    const gate = server.model.gate();
    server.model.reply(message(["end", gate, "ed"]));
    const thread = await codex.threadStart({ cwd: server.workspace });
    const handle = await thread.turn("go");
    const stream = collect(handle.stream());
    await gate.reached;
    const idle = watcher.notifications("thread/status/changed");
    let release!: () => void;
    hold.until = new Promise((resolve) => release = resolve);
    await current!.close();
    gate.release();
    for await (const { params } of idle) if (params.threadId === thread.id && params.status.type === "idle") break;
    release();
    const turn = await handle.run();
    assertEquals([turn.status, finalResponse(turn)], ["completed", "ended"]);
    assertEquals(turn.items.map(({ type }) => type), ["userMessage", "agentMessage"]);
    assertEquals(methods(await stream).slice(-2), ["item/completed", "turn/completed"]);
  });

  test("[L13] of a thread that had no turn yet when the connection was lost, the turns are seen, and ask", async () => {
    await using server = await listeningServer();
    const { codex, drop, types, diagnostics } = await droppable(server);
    await using _codex = codex;
    const asked: string[] = [];
    const thread = await codex.threadStart({ cwd: server.workspace, approvalPolicy: "on-request" }, {
      handlers: {
        "item/commandExecution/requestApproval": ({ command }) => {
          asked.push(command ?? "");
          return { decision: "accept" };
        },
      },
    });
    const listened = thread.events();
    await drop();
    while (!types().includes("reconnected")) await new Promise((resolve) => setTimeout(resolve, 5));
    // There is nothing to resume yet.
    assertEquals(diagnostics.filter(({ type }) => type === "thread-lost").length, 1);
    const escalated = () => command("echo ran", { escalate: true, justification: "why not" });
    server.model.reply(escalated()).reply("done").reply(escalated()).reply("done again");
    for (const expected of ["done", "done again"]) {
      const handle = await thread.turn("go");
      const events = collect(handle.stream());
      const turn = await handle.run();
      assertEquals(finalResponse(turn), expected);
      assertEquals(turn.items.map(({ type }) => type), ["userMessage", "commandExecution", "agentMessage"]);
      const completed = (await events).flatMap((each) => each.method === "item/completed" ? [each.params.item.id] : []);
      // What came before the first turn was taken up, its stream may lack behind a gap; run() does not.
      const told = turn.items.map(({ id }) => id);
      assertEquals(completed, expected === "done" ? told.slice(-completed.length) : told);
      assert(completed.length >= 2, String(completed));
    }
    assertEquals(asked.length, 2);
    const seen: string[] = [];
    for await (const { method } of listened) if (seen.push(method) && method === "turn/completed") break;
    assert(seen.includes("item/completed"), String(seen));
    assertEquals(diagnostics.filter(({ type }) => type === "thread-lost").length, 1);
  });

  test("[L13] its items are asked for again when the connection that they are asked for over is lost as well", async () => {
    await using server = await listeningServer();
    const open = websocketTransport(server.address);
    let current: Transport | undefined;
    let asked = 0;
    await using codex = await Codex.start({
      reconnect: RECONNECT,
      transport: async (context) => {
        const inner = await open(context);
        const writer = inner.writable.getWriter();
        const writable = new WritableStream<string>({
          async write(line) {
            // The first time, the connection is lost with the question on its way.
            if (line.includes('"thread/turns/list"') && asked++ === 0) await inner.close();
            else await writer.write(line);
          },
        });
        const close = () => inner.close();
        return current = { readable: inner.readable, writable, closed: inner.closed, shared: true, close };
      },
    });
    const [first, second] = [server.model.gate(), server.model.gate()];
    server.model.reply(message(["dur", first, "ing"]), command("echo one")).reply(message([second, "after"]));
    const thread = await codex.threadStart({ cwd: server.workspace });
    const handle = await thread.turn("go");
    await first.reached;
    await current!.close();
    first.release();
    await second.reached;
    second.release();
    const turn = await handle.run();
    assertEquals([asked, turn.itemsView, finalResponse(turn)], [2, "full", "after"]);
    assertEquals(turn.items.map(({ type }) => type), [
      "userMessage",
      "agentMessage",
      "commandExecution",
      "agentMessage",
    ]);
  });

  test("a server that stays away ends everything after maxAttempts, with its error", async () => {
    await using server = await listeningServer();
    const { codex, types } = await droppable(server, { reconnect: { ...RECONNECT, maxAttempts: 2 } });
    const thread = await codex.threadStart({ cwd: server.workspace });
    const events = collect(thread.events());
    await server.kill();
    await assertRejects(() => events, TransportClosedError);
    assertEquals((await codex.closed).reason, "lost");
    assertEquals(types(), ["reconnecting", "reconnecting"]);
    await assertRejects(() => thread.run("hi"), TransportClosedError);
  });

  test("a server of one's own is started anew: its turns fail, its stored threads go on", async () => {
    const diagnostics: Diagnostic[] = [];
    const options: CodexOptions = { reconnect: RECONNECT, onDiagnostic: (each) => diagnostics.push(each) };
    await withAppServer({ sandboxMode: "danger-full-access", codex: options }, async ({ codex, model }) => {
      model.reply("stored");
      const thread = await codex.threadStart();
      await thread.run("remember this");
      model.reply(command("kill -9 $PPID"));
      const error = await assertRejects(() => thread.run("crash"), TransportClosedError, "SIGKILL");
      assertEquals(error.items.map(({ type }) => type), ["userMessage"]);
      model.reply("back");
      assertEquals(finalResponse(await thread.run("are you there?")), "back");
      assert(model.requests.at(-1)?.userTexts.includes("remember this"));
      assert(diagnostics.some((each) => each.type === "reconnected" && each.threadIds.includes(thread.id)));
    });
  });

  test("close() while the connection is being opened again ends it", async () => {
    await using server = await listeningServer();
    const reconnect = { initialDelayMs: 60_000, maxDelayMs: 60_000 };
    const { codex, types } = await droppable(server, { reconnect });
    const thread = await codex.threadStart({ cwd: server.workspace });
    const waiting = collect(thread.events());
    await server.kill();
    // A call made before the loss is noticed would be sent, and fail with the connection.
    while (types().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const call = assertRejects(() => codex.models(), TransportClosedError);
    await codex.close();
    assertEquals((await codex.closed).reason, "closed");
    await call;
    await waiting;
  });
});
