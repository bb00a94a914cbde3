import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Codex, type CodexOptions, type ServerRequestContext, websocketTransport } from "@codex-app-server/sdk";
import { policyHandlers } from "@codex-app-server/sdk/policies";
import { command, message } from "@codex-app-server/sdk/testing";
import { deferred } from "../../src/util/deferred.ts";
import { agentOf, spawns } from "./agents.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const COMMAND = "item/commandExecution/requestApproval";
const THREAD = { approvalPolicy: "on-request" } as const;

function client(server: ListeningServer, options: CodexOptions = {}): Codex {
  return new Codex({ transport: websocketTransport(server.address), ...options });
}

/** The decisions that the server has been given of a thread's questions: each one is told as resolved, once. */
async function* resolved(codex: Codex): AsyncGenerator<string> {
  for await (const { params } of codex.notifications("serverRequest/resolved")) yield params.threadId;
}

describe("sub-agents over a socket (real)", () => {
  test("[U2] (real) what the agent of one's own turn asks is one's own; with several clients it gets exactly one answer", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    agentOf(model, "the part").reply(command("touch part", { escalate: true })).reply("part");
    model.reply("ready");
    spawns(model, "the part");
    model.reply("done");

    const seen: ServerRequestContext[] = [];
    const diagnostics: string[] = [];
    await using owner = client(server, {
      handlers: policyHandlers(() => ({ decision: "accept", reason: "mine" }), { audit: () => {} }),
    });
    // Policies leave to others what is theirs, and a client without handlers refuses nothing of theirs.
    await using policed = client(server, {
      handlers: { [COMMAND]: (_params, ctx) => (seen.push(ctx), ctx.own ? { decision: "decline" } : ctx.pass()) },
      onDiagnostic: (each) => each.type === "server-request-left" && diagnostics.push(each.reason),
    });
    await using silent = client(server, {
      onDiagnostic: (each) => each.type.startsWith("server-request") && diagnostics.push(each.type),
    });
    const thread = await owner.threadStart({ ...THREAD, cwd: workspace });
    await thread.run("be ready");
    for (const other of [policed, silent]) await other.threadResume(thread.id);
    const answers = resolved(owner);
    const first = answers.next();
    assertEquals((await thread.run("Have it done.", { timeoutMs: 60_000 })).status, "completed");

    assert(existsSync(join(workspace, "part")));
    assert((await first).value !== thread.id);
    assertEquals(seen.map(({ own, rootThreadId, threadPath }) => [own, rootThreadId, threadPath.length]), [
      [false, thread.id, 2],
    ]);
    assertEquals(diagnostics.sort(), ["handler-passed", "server-request-left"]);
    assertEquals([owner, policed, silent].map((each) => each.pendingServerRequests().length), [0, 0, 0]);
  });

  test("[U2] (real) without a handler it is refused, and the turn goes on", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    agentOf(model, "the part").reply(command("touch part", { escalate: true })).reply("part");
    spawns(model, "the part");
    model.reply("done");
    const refused: string[] = [];
    await using codex = client(server, {
      onDiagnostic: (each) => each.type === "server-request-refused" && refused.push(each.reason),
    });
    const thread = await codex.threadStart({ ...THREAD, cwd: workspace });
    assertEquals((await thread.run("go", { timeoutMs: 60_000 })).status, "completed");
    assertEquals([refused, existsSync(join(workspace, "part"))], [["no-handler"], false]);
  });

  test("[U2] [P8] (real) behind a reconnection an agent's question is asked again, of the same handlers, by another name", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    const child = agentOf(model, "the part").reply(command("touch part", { escalate: true }));
    child.reply("part");
    model.reply("ready");
    spawns(model, "the part", 60_000);
    model.reply("done");

    const seen: ServerRequestContext[] = [];
    let asked = deferred<void>();
    const cut = deferred<void>();
    let connections = 0;
    await using codex = new Codex({
      transport: async (context) => {
        const transport = await websocketTransport(server.address)(context);
        if (++connections === 1) void cut.promise.then(() => transport.close());
        return transport;
      },
      reconnect: { initialDelayMs: 1 },
    });
    const thread = await codex.threadStart({ ...THREAD, cwd: workspace }, {
      handlers: {
        [COMMAND]: (_params, ctx) => {
          seen.push(ctx);
          asked.resolve();
          return ctx.defer();
        },
      },
    });
    await thread.run("be ready");
    const turn = await thread.turn("go", { timeoutMs: 60_000 });
    await asked.promise;
    asked = deferred();
    cut.resolve();
    await asked.promise;

    const [before, after] = seen;
    assertEquals(after!.threadPath, before!.threadPath);
    assertEquals([before!.own, after!.own], [true, true]);
    let late: unknown;
    try {
      codex.answer<typeof COMMAND>(before!.id, { decision: "accept" });
    } catch (error) {
      late = error;
    }
    assert(late instanceof RangeError && /connection that is lost/.test(late.message), String(late));
    assert(!existsSync(join(workspace, "part")));
    codex.answer<typeof COMMAND>(after!.id, { decision: "accept" });
    assertEquals((await turn.run()).status, "completed");
    assert(existsSync(join(workspace, "part")));
  });

  test("[U2] [U6] (real) an agent that began while the connection was lost is found, and ends with its turn", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    const [begin, works] = [model.gate(), model.gate()];
    agentOf(model, "the part").reply(message(["never ", works, "ends"]));
    model.reply("ready").reply(message(["first ", begin, "this"]));
    const [cut, back] = [deferred<void>(), deferred<void>()];
    let connections = 0;
    await using codex = new Codex({
      transport: async (context) => {
        if (++connections > 1) await back.promise;
        const transport = await websocketTransport(server.address)(context);
        if (connections === 1) void cut.promise.then(() => transport.close());
        return transport;
      },
      reconnect: { initialDelayMs: 1 },
    });
    const again = deferred<void>();
    const thread = await codex.threadStart({ ...THREAD, cwd: workspace });
    await thread.run("be ready");
    const script = model.when(({ lastUserText }) => lastUserText === "and on");
    spawns(script, "the part", 60_000);
    const turn = await thread.turn("go", { timeoutMs: 60_000 });
    await begin.reached;
    await turn.steer("and on");
    cut.resolve();
    begin.release();
    await works.reached;
    const ended = (async () => {
      for await (const { params } of codex.notifications("turn/completed")) {
        if (params.threadId !== thread.id) return params.turn.status;
      }
      return null;
    })();
    const gap = (async () => {
      for await (const { method } of turn.stream()) if (method === "connection/gap") return again.resolve();
    })();
    back.resolve();
    await Promise.all([again.promise, gap]);
    await turn.interrupt();
    assertEquals([(await turn.run()).status, await ended], ["interrupted", "interrupted"]);
  });
});
