import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type {
  Codex,
  Diagnostic,
  Notification,
  ServerRequestContext,
  ServerRequestHandlers,
} from "@codex-app-server/sdk";
import { allowPaths, type ApprovalPolicy, denyAll, policyHandlers } from "@codex-app-server/sdk/policies";
import { applyPatch, command, functionCall, message, withAppServer } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { agentOf, begin, DEEP, SECOND, sendInput, spawn, spawns } from "./agents.ts";

const COMMAND = "item/commandExecution/requestApproval";
const ASKS = { approvalPolicy: "on-request" } as const;

const allowAll: ApprovalPolicy = () => ({ decision: "accept", reason: "whatever it is" });

/** Handlers that accept, and the contexts in which they were asked. */
function accepting(seen: ServerRequestContext[]): ServerRequestHandlers {
  return {
    [COMMAND]: (_params, ctx) => {
      seen.push(ctx);
      return { decision: "accept" };
    },
  };
}

/** The threads that the server has loaded, of which the first is the root. */
async function loaded(codex: Codex): Promise<string[]> {
  return (await codex.request("thread/loaded/list", {})).data;
}

describe("sub-agents (real)", () => {
  test("[U1] (real) the handlers of a thread answer for its agents and for theirs, and those of the client are not asked", async () => {
    const [ofThread, ofClient]: ServerRequestContext[][] = [[], []];
    const codexOptions = { handlers: accepting(ofClient!) };
    await withAppServer({ ...ASKS, ...DEEP, codex: codexOptions }, async ({ codex, model, workspace }) => {
      agentOf(model, "the smaller part").reply(command("touch smaller", { escalate: true })).reply("small");
      const child = agentOf(model, "the part");
      spawns(child, "the smaller part");
      child.reply(command("touch part", { escalate: true })).reply("part");
      spawns(model, "the part");
      model.reply("all done");
      const thread = await codex.threadStart({}, { handlers: accepting(ofThread!) });
      assertEquals((await thread.run("Have it done.")).status, "completed");

      assertEquals(["smaller", "part"].map((name) => existsSync(join(workspace, name))), [true, true]);
      assertEquals(ofClient, []);
      const [deeper, deep] = ofThread!.map(({ threadId, rootThreadId, threadPath }) => ({
        threadId,
        rootThreadId,
        threadPath,
      }));
      assertEquals(deep, {
        threadId: deep!.threadId,
        rootThreadId: thread.id,
        threadPath: [thread.id, deep!.threadId!],
      });
      assertEquals(deeper!.threadPath, [thread.id, deep!.threadId!, deeper!.threadId!]);
      assertEquals(deeper!.rootThreadId, thread.id);
    });
  });

  test("[U1] (real) a policy that denies holds for agents, whatever the client's allows", async () => {
    const log: string[] = [];
    const logged = (who: string) => ({
      audit: ({ decision }: { decision: string }) => void log.push(`${who}: ${decision}`),
    });
    const codexOptions = { handlers: policyHandlers(allowAll, logged("client")) };
    await withAppServer({ ...ASKS, codex: codexOptions }, async ({ codex, model, workspace }) => {
      agentOf(model, "the part").reply(command("touch evil", { escalate: true })).reply("sorry");
      spawns(model, "the part");
      model.reply("done");
      const thread = await codex.threadStart({}, { handlers: policyHandlers(denyAll(), logged("thread")) });
      await thread.run("go");
      assertEquals([log, existsSync(join(workspace, "evil"))], [["thread: decline"], false]);
    });
  });

  test("[U1] (real) the tools of a thread are run for its agents", async () => {
    const called: string[] = [];
    const word = tool({
      name: "word",
      description: "The word of the day.",
      input: { type: "object" },
      execute: (_args, ctx) => {
        called.push(ctx.threadId);
        return "rosebud";
      },
    });
    await withAppServer(SECOND, async ({ codex, model }) => {
      const told = model.gate();
      const finder = agentOf(model, "find the word").reply(functionCall("word", {}));
      finder.reply((request) => [message([request.toolOutput()!, told])]);
      // The agent's last message makes for one more round, if the turn still runs.
      model.reply(begin("find the word", "finder")).reply(message(["done", told])).always(() => ["done"]);
      const thread = await codex.threadStart({}, { tools: [word] });
      const turn = await thread.turn("go");
      await told.reached;
      while (called.length === 0) await model.waitForRequests(model.requests.length + 1);
      told.release();
      await turn.run();
      assert(called.length === 1 && called[0] !== thread.id);
    });
  });

  test("[U5] (real) allowPaths judges what an agent wants to write: the item is there", async () => {
    const seen: ServerRequestContext[] = [];
    await withAppServer({ ...ASKS, files: { "src/old.txt": "old" } }, async ({ codex, model, workspace }) => {
      const policy = policyHandlers(allowPaths([join(workspace, "src")]));
      const handlers: ServerRequestHandlers = {
        ...policy,
        "item/fileChange/requestApproval": (params, ctx) => {
          seen.push(ctx);
          return policy["item/fileChange/requestApproval"](params, ctx);
        },
      };
      const child = agentOf(model, "write");
      child.reply(applyPatch(`*** Add File: src/in.txt\n+in`)).reply(applyPatch(`*** Add File: out.txt\n+out`)).reply(
        "x",
      );
      spawns(model, "write");
      model.reply("done");
      await (await codex.threadStart({}, { handlers })).run("go");
      assertEquals(seen.map(({ item }) => item?.type), ["fileChange", "fileChange"]);
      assertEquals(["src/in.txt", "out.txt"].map((name) => existsSync(join(workspace, name))), [true, false]);
    });
  });

  test("[U4] (real) a stream with agents has their events as well, each with its thread; the default one has its own alone", async () => {
    await withAppServer(DEEP, async ({ codex, model }) => {
      agentOf(model, "the smaller part").reply("small");
      const child = agentOf(model, "the part");
      spawns(child, "the smaller part");
      child.reply("part");
      spawns(model, "the part");
      // Nobody waits for an agent, and the stream ends with the turn.
      const gate = model.gate();
      model.reply(message([gate, "all done"]));
      const thread = await codex.threadStart();
      const handle = await thread.turn("go");
      const [all, own]: Notification[][] = [[], []];
      const read = async (events: AsyncIterable<Notification>, into: Notification[]) => {
        for await (const event of events) {
          into.push(event);
          const over = all!.filter(({ method }) => method === "turn/completed");
          if (over.length === 2) gate.release();
        }
      };
      await Promise.all([read(handle.stream({ agents: true }), all!), read(handle.stream(), own!)]);
      const threadOf = ({ params }: Notification) => (params as { threadId: string }).threadId;
      assertEquals(all!.filter((event) => threadOf(event) === thread.id), own);
      const agents = [...new Set(all!.map(threadOf))].filter((id) => id !== thread.id);
      assertEquals(agents.length, 2);
      for (const agent of agents) {
        const methods = all!.filter((event) => threadOf(event) === agent).map(({ method }) => method);
        for (const method of ["turn/started", "item/completed", "turn/completed"]) {
          assert(methods.includes(method as never));
        }
      }
      assertEquals(all!.at(-1)?.method, "turn/completed");
      assertEquals(threadOf(all!.at(-1)!), thread.id);
    });
  });

  test("[U4] (real) threads() can leave agents out", async () => {
    await withAppServer({}, async ({ codex, model }) => {
      agentOf(model, "the part").reply("part");
      spawns(model, "the part");
      model.reply("done");
      const thread = await codex.threadStart();
      await thread.run("go");
      const ids = async (options?: { agents: boolean }) => {
        const sourceKinds = ["appServer", "vscode", "subAgent", "subAgentThreadSpawn"] as const;
        const found: string[] = [];
        for await (const { id } of codex.threads({ sourceKinds: [...sourceKinds] }, options)) found.push(id);
        return found;
      };
      assertEquals([(await ids()).length, await ids({ agents: false })], [2, [thread.id]]);
    });
  });

  test("[U6] (real) an interrupt ends the turns of agents, and of theirs", async () => {
    const diagnostics: Diagnostic[] = [];
    const codexOptions = { onDiagnostic: (each: Diagnostic) => void diagnostics.push(each) };
    await withAppServer({ ...DEEP, codex: codexOptions }, async ({ codex, model }) => {
      const gate = model.gate();
      agentOf(model, "the smaller part").reply(message(["never ", gate, "ends"]));
      spawns(agentOf(model, "the part"), "the smaller part");
      spawns(model, "the part");
      const thread = await codex.threadStart();
      const turn = await thread.turn("go");
      await gate.reached;
      const agents = (await loaded(codex)).filter((id) => id !== thread.id);
      const ends = agents.map(async (threadId) => {
        for await (const { params } of codex.notifications("turn/completed")) {
          if (params.threadId === threadId) return params.turn.status;
        }
        return null;
      });
      await turn.interrupt();
      assertEquals((await turn.run()).status, "interrupted");
      assertEquals(await Promise.all(ends), ["interrupted", "interrupted"]);
      assertEquals(diagnostics.filter(({ type }) => type === "agents-go-on"), []);
    });
  });

  test("[U6] (real) an agent that outlives its turn can be interrupted by it, also by a signal", async () => {
    await withAppServer({}, async ({ codex, model }) => {
      for (const how of ["interrupt", "signal"]) {
        const gate = model.gate();
        agentOf(model, `part ${how}`).reply(message(["never ", gate, "ends"]));
        model.reply(spawn(`part ${how}`));
        if (how === "interrupt") model.reply("done without it");
        else model.reply(message(["goes on ", model.gate()]));
        const controller = new AbortController();
        const turn = await (await codex.threadStart()).turn("go", { signal: controller.signal });
        await gate.reached;
        const ended = (async () => {
          for await (const { params } of codex.notifications("turn/completed")) {
            if (params.threadId !== turn.threadId) return params.turn.status;
          }
          return null;
        })();
        if (how === "interrupt") {
          await turn.run();
          assertEquals(await turn.interrupt(), {});
        } else controller.abort(new Error("enough"));
        assertEquals(await ended, "interrupted");
      }
    });
  });

  test("(real) an agent may not do by another thread what its own may not: its turn there is refused", async () => {
    const diagnostics: Diagnostic[] = [];
    const [mine, theirs]: ServerRequestContext[][] = [[], []];
    const codexOptions = { onDiagnostic: (each: Diagnostic) => void diagnostics.push(each) };
    await withAppServer({ ...ASKS, codex: codexOptions }, async ({ codex, model, workspace }) => {
      const free = await codex.threadStart({}, { handlers: accepting(theirs!) });
      model.reply("ready");
      await free.run("be ready");
      agentOf(model, "do it for me").reply(command("touch evil", { escalate: true })).reply("sorry");
      model.reply(sendInput(free.id, "do it for me"));
      const bound = await codex.threadStart({}, { handlers: policyHandlers(denyAll()) });
      const over = (async () => {
        for await (const { params } of codex.notifications("turn/completed")) if (params.threadId === free.id) return;
      })();
      model.reply("done");
      await bound.run("go");
      await over;
      assertEquals([mine, theirs, existsSync(join(workspace, "evil"))], [[], [], false]);
      assertEquals(diagnostics.flatMap((d) => d.type === "server-request-refused" ? d.reason : []), ["foreign-turn"]);
    });
  });
});
