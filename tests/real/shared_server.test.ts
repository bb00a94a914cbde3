import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Codex, type CodexOptions, type Diagnostic, websocketTransport } from "@codex-app-server/sdk";
import { command } from "@codex-app-server/sdk/testing";
import { deferred } from "../../src/util/deferred.ts";
import { collect } from "../client/scripted.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const COMMAND = "item/commandExecution/requestApproval";
const ACCEPT = { decision: "accept" } as const;

function client(server: ListeningServer, options: CodexOptions = {}): Codex {
  return new Codex({ transport: websocketTransport(server.address), ...options });
}

const asks = () => command("touch made", { escalate: true });

describe("two clients of one thread (real)", () => {
  test("[A11] (real) a question of the other's turn is left to it, or passed, and a diagnostic says so", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    model.reply("ready").reply(asks()).reply("done");
    const left: [string, string][] = [];
    const listen = (who: string) => (each: Diagnostic) => {
      if (each.type.startsWith("server-request")) left.push([who, "reason" in each ? `${each.reason}` : each.type]);
    };
    const others = deferred<void>();
    const tell = (who: string) => (each: Diagnostic) => {
      listen(who)(each);
      if (left.length === 2) others.resolve();
    };
    await using owner = client(server, {
      // Not before the others have had their say.
      handlers: { [COMMAND]: async (_params, ctx) => (await others.promise, assert(ctx.own), ACCEPT) },
      onDiagnostic: listen("owner"),
    });
    await using silent = client(server, { onDiagnostic: tell("silent") });
    await using passing = client(server, {
      handlers: { [COMMAND]: (_params, ctx) => (assert(!ctx.own), ctx.pass()) },
      onDiagnostic: tell("passing"),
    });
    const thread = await owner.threadStart({ approvalPolicy: "on-request", cwd: workspace });
    await thread.run("be ready");
    for (const other of [silent, passing]) await other.threadResume(thread.id);
    assertEquals((await thread.run("go", { timeoutMs: 60_000 })).status, "completed");
    assertEquals(existsSync(join(workspace, "made")), true);
    assertEquals(left.sort(), [["passing", "handler-passed"], ["silent", "not-our-turn"]]);
  });

  test("[A11] (real) the other's handler may answer, and who answers first cancels the handler of the turn's own client", async () => {
    await using server = await listeningServer();
    const { model, workspace } = server;
    model.reply("ready").reply(asks()).reply("done");
    const asked = deferred<void>();
    const aborted = deferred<unknown>();
    await using owner = client(server, {
      handlers: {
        [COMMAND]: (_params, { signal }) => {
          signal.addEventListener("abort", () => aborted.resolve(signal.reason));
          asked.resolve();
          return new Promise(() => {});
        },
      },
    });
    await using second = client(server, { handlers: { [COMMAND]: async () => (await asked.promise, ACCEPT) } });
    const thread = await owner.threadStart({ approvalPolicy: "on-request", cwd: workspace });
    await thread.run("be ready");
    await second.threadResume(thread.id);
    assertEquals((await thread.run("go", { timeoutMs: 60_000 })).status, "completed");
    assert(/resolved elsewhere/.test(String(await aborted.promise)), String(await aborted.promise));
    assertEquals(existsSync(join(workspace, "made")), true);
    assertEquals([owner, second].map((each) => each.pendingServerRequests().length), [0, 0]);
  });

  test("[T14] (real) a turn that another client started is visible on thread.events()", async () => {
    await using server = await listeningServer();
    server.model.reply("ready").reply("seen by both");
    await using owner = client(server);
    await using second = client(server);
    const thread = await owner.threadStart({ cwd: server.workspace });
    await thread.run("be ready");
    const events = collect((await second.threadResume(thread.id)).events());
    const { id } = await thread.run("go");
    // What is behind its end on the wire has come when this is answered.
    await second.models();
    await second.close();
    const turns = (await events).filter(({ method }) => method.startsWith("turn/"));
    const told = turns.map(({ method, params }) => [method, (params as { turn: { id: string } }).turn.id]);
    assertEquals(told, [["turn/started", id], ["turn/completed", id]]);
    assert((await events).some(({ method }) => method === "item/agentMessage/delta"));
  });
});
