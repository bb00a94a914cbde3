import {
  Codex,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  InvalidRequestError,
  ThreadBusyError,
  TimeoutError,
} from "@codex-app-server/sdk";
import {
  codexHome,
  functionCall,
  Gate,
  message,
  type ModelRequest,
  ScriptedModel,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { killAll, seesProcesses } from "./processes.ts";

interface World {
  readonly model: ScriptedModel;
  /** Starts one more server on the home that all of them share. */
  readonly server: (options?: CodexOptions) => Promise<Codex>;
}

/** Servers, each a process of its own, with one home and one model. */
async function withHome(body: (world: World) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  await using listener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url });
  const started: Codex[] = [];
  const server = async (options?: CodexOptions) => {
    const codex = await Codex.start({ ...options, env: { ...home.env, ...options?.env } });
    started.push(codex);
    return codex;
  };
  try {
    await body({ model, server });
  } finally {
    await Promise.all(started.map((codex) => codex.close()));
  }
}

/** Ids of all threads, agents included, archived or not. */
async function listed(codex: Codex, archived: boolean): Promise<string[]> {
  const sourceKinds = ["cli", "vscode", "exec", "appServer", "subAgent", "subAgentThreadSpawn", "unknown"] as const;
  const { data } = await codex.threadList({ archived, sourceKinds: [...sourceKinds] });
  return data.map(({ id }) => id).sort();
}

describe("one writer a thread (real)", () => {
  test("[V4] a thread that another process has is a ThreadBusyError, and after release() it is free at once", async () => {
    await withHome(async ({ model, server }) => {
      const [first, second] = await Promise.all([server(), server()]);
      model.reply("one").reply("two").reply("three");
      const thread = await first.threadStart();
      await thread.run("hi");
      await thread.setName("shared");
      for (const attempt of [() => second.threadResume(thread.id), () => second.threadArchive(thread.id)]) {
        const error = await assertRejects(attempt, ThreadBusyError, "already has an active writer");
        assertEquals([error.code, error.threadId, error.rpcCode], ["THREAD_BUSY", thread.id, -32600]);
        assertStringIncludes(error.message, "thread.release()");
        assert(error instanceof InvalidRequestError);
      }
      assertEquals((await second.request("thread/read", { threadId: thread.id })).thread.name, "shared");

      await thread.release();
      const taken = await second.threadResume(thread.id);
      assertEquals(finalResponse(await taken.run("go on")), "two");
      assertEquals((await taken.read()).thread.name, "shared");
      assertEquals(await listed(second, true), []);
      await assertRejects(() => thread.run("mine?"), InvalidRequestError, "codex.threadResume() loads it");
      await assertRejects(() => first.threadResume(thread.id), ThreadBusyError);

      // And back.
      await taken.release();
      const again = await first.threadResume(thread.id);
      assertEquals(finalResponse(await again.run("back")), "three");
      assertEquals(again.response.thread.turns.length, 2);
    });
  });

  test("[V4] release() waits for the turn that runs, and is given up with the thread kept", async () => {
    await withHome(async ({ model, server }) => {
      const [first, second] = await Promise.all([server(), server()]);
      const thread = await first.threadStart();
      const gate = new Gate();
      model.reply(message(["late", gate, "r"]));
      const turn = await thread.turn("hi");
      await gate.reached;
      await assertRejects(() => thread.release({ timeoutMs: 50 }), TimeoutError, "release");
      const reason = new Error("changed my mind");
      await assertRejects(() => thread.release({ signal: AbortSignal.abort(reason) }), Error, "changed my mind");
      const released = thread.release();
      gate.release();
      await released;
      const { status, items } = await turn.run();
      assertEquals([status, items.at(-1)?.type], ["completed", "agentMessage"]);
      assertEquals((await second.threadResume(thread.id)).response.thread.turns.at(-1)?.status, "completed");
    });
  });

  test("[V4] release() twice, of a thread that another took, without a turn, or ephemeral harms nothing", async () => {
    await withHome(async ({ model, server }) => {
      const [first, second] = await Promise.all([server(), server()]);
      model.reply("one").reply("two");
      const thread = await first.threadStart();
      await thread.run("hi");
      await Promise.all([thread.release(), thread.release()]);
      const taken = await second.threadResume(thread.id);
      await thread.release();
      assertEquals((await taken.run("still mine")).status, "completed");
      assertEquals(await listed(second, true), []);

      for (const ephemeral of [true, false]) await (await first.threadStart({ ephemeral })).release();
      const archived = await first.threadStart();
      model.reply("three");
      await archived.run("hi");
      await archived.archive();
      await archived.release();
      assertEquals(await listed(second, true), [archived.id], "what was archived stays so");
    });
  });

  test("[V4] agents that the thread has spawned go with it, and are not left archived", async () => {
    await withHome(async ({ model, server }) => {
      const [first, second] = await Promise.all([server(), server()]);
      const says = (request: ModelRequest, text: string) => JSON.stringify(request.body.input).includes(text);
      model.when((request) => says(request, "child task") && !says(request, "parent task")).reply("child");
      model.when((request) => says(request, "parent task"))
        .reply(functionCall("spawn_agent", { message: "child task" }, { namespace: "multi_agent_v1" }))
        .reply("parent")
        .always(() => ["parent"]); // it may be asked once more when the child is done
      const thread = await first.threadStart();
      const turn = await thread.run("parent task");
      const agents = turn.items.flatMap((item) => item.type === "collabAgentToolCall" ? item.receiverThreadIds : []);
      assertEquals(agents.length, 1);
      await thread.release();
      assertEquals(await listed(second, false), [thread.id, ...agents].sort());
      assertEquals(await listed(second, true), []);
      await second.threadResume(thread.id);
      await second.threadResume(agents[0]!);
    });
  });

  const killed =
    "[V4] a process that is killed leaves nothing locked; one that reconnects leaves released threads alone";
  test(killed, { skip: seesProcesses ? false : "needs /proc, to find what to kill" }, async () => {
    await withHome(async ({ model, server }) => {
      const diagnostics: Diagnostic[] = [];
      const back = deferred<readonly string[]>();
      const first = await server({
        reconnect: { initialDelayMs: 1 },
        onDiagnostic: (diagnostic) => {
          diagnostics.push(diagnostic);
          if (diagnostic.type === "reconnected") back.resolve(diagnostic.threadIds);
        },
        env: { THE_FIRST: "of-two-servers" },
      });
      const second = await server();
      model.reply("one").reply("two");
      const [kept, released] = [await first.threadStart(), await first.threadStart()];
      await kept.run("hi");
      await released.run("hi");
      const events = released.events();
      await released.release();
      const taken = await second.threadResume(released.id);
      await killAll("THE_FIRST=of-two-servers");
      assertEquals(await back.promise, [kept.id]);
      assertEquals(diagnostics.filter(({ type }) => type === "thread-lost"), []);
      await events.return?.();
      await taken.release();
      const holder = await server({ env: { THE_THIRD: "holds-a-thread" } });
      await holder.threadResume(released.id);
      await assertRejects(() => second.threadResume(released.id), ThreadBusyError);
      await killAll("THE_THIRD=holds-a-thread");
      await holder.closed;
      await second.threadResume(released.id);
    });
  });
});
