import type { Codex, Thread } from "@codex-app-server/sdk";
import {
  emptyThread,
  hydrate,
  type ItemState,
  reduce,
  type ThreadState,
  type TurnState,
} from "@codex-app-server/sdk/state";
import {
  applyPatch,
  type AppServer,
  command,
  failure,
  functionCall,
  Gate,
  type ItemType,
  message,
  type ModelRequest,
  reasoning,
  viewImage,
  webSearch,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { mcpToml } from "../real/mcp_toml.ts";
import { ITEM_TYPES } from "./conversation.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The kinds that the scripted model cannot bring about. */
const OUT_OF_REACH: readonly ItemType[] = ["imageGeneration"];

/** The state of a thread from its events alone. */
class Live implements Disposable {
  readonly #events: ReturnType<Codex["events"]>;
  readonly #codex: Codex;
  state: ThreadState | undefined;
  #wake = () => {};
  #late = () => {};

  constructor(codex: Codex) {
    this.#codex = codex;
    this.#events = codex.events();
    this.#follow().catch(() => {});
  }

  async #follow(): Promise<void> {
    for await (const event of this.#events) {
      if (event.method === "thread/started" && event.params.thread.parentThreadId == null) {
        this.state = emptyThread(event.params.thread.id);
      }
      if (this.state !== undefined) this.state = reduce(this.state, event);
      this.#wake();
    }
  }

  async until(holds: (state: ThreadState) => boolean): Promise<ThreadState> {
    const late = setTimeout(() => this.#late(), 60_000);
    try {
      while (this.state === undefined || !holds(this.state)) {
        await new Promise<void>((wake, fail) => {
          this.#wake = wake;
          this.#late = () => fail(new Error(`It did not come to it: ${JSON.stringify(this.state)}`));
        });
      }
      return this.state;
    } finally {
      clearTimeout(late);
    }
  }

  /** The state once all that has happened so far is in it, beside what is stored. */
  async settled(thread: Thread): Promise<{ live: ThreadState; stored: ThreadState }> {
    const name = `settled ${Date.now()}`;
    await thread.setName(name);
    const live = await this.until((state) => state.thread?.name === name);
    const page = await this.#codex.request("thread/turns/list", { threadId: thread.id, itemsView: "full" });
    return { live, stored: hydrate(emptyThread(thread.id), page.data) };
  }

  [Symbol.dispose](): void {
    this.#events.return?.();
  }
}

/**
 * What the server does not store, and what therefore is gone after a reload:
 *
 * - commands that were declined;
 * - what had not ended when its turn did: the half of a message of an interrupted turn;
 * - when a call began, of whose id another one had been made before in the same turn.
 */
function asStored(turns: readonly TurnState[]): readonly TurnState[] {
  return turns.map((turn) => ({ ...turn, items: turn.items.filter((item) => !isUnstored(item)) }));
}

function isUnstored({ item }: ItemState): boolean {
  return item.completedAtMs === null || item.type === "commandExecution" && item.status === "declined";
}

function assertStored({ live, stored }: { live: ThreadState; stored: ThreadState }): void {
  assertEquals(asStored(live.turns), stored.turns);
  assertEquals(Object.keys(live.agents), Object.keys(stored.agents));
}

/** Waits for the end of a turn that something else than `turn/start` begins. */
async function turnOf(thread: Thread, begin: () => Promise<unknown>): Promise<void> {
  const events = thread.events();
  await begin();
  for await (const event of events) if (event.method === "turn/completed") return;
}

const mode = (name: "plan" | "default") => ({
  collaborationMode: {
    mode: name,
    settings: { model: "mock-model", reasoning_effort: null, developer_instructions: null },
  },
});

const seen = new Set<string>();
function see(state: ThreadState): void {
  for (const { items } of state.turns) for (const { item } of items) seen.add(item.type);
  for (const agent of Object.values(state.agents)) see(agent);
}

describe("live equals stored (real)", () => {
  test("[M2] (real) messages, commands, patches, tools, searches, images, plans, reviews, failures", async () => {
    const options = { approvalPolicy: "never", sandboxMode: "danger-full-access" } as const;
    await withAppServer(options, async ({ codex, model, workspace }) => {
      using live = new Live(codex);
      writeFileSync(join(workspace, "pixel.png"), Uint8Array.from(atob(PIXEL), (char) => char.charCodeAt(0)));
      const thread = await codex.threadStart({
        dynamicTools: [{ type: "function", name: "lookup", description: "looks up", inputSchema: { type: "object" } }],
      }, {
        handlers: {
          "item/tool/call": () => ({ contentItems: [{ type: "inputText", text: "found" }], success: true }),
        },
      });
      model
        .reply(reasoning("**Thinking** about it", { text: "raw" }), command("printf 'one\\n'; sleep 0.2; echo two"))
        .reply(message(["Let me ", "see."], { phase: "commentary" }), applyPatch("*** Add File: new.txt\n+hello"))
        .reply(webSearch("weather"), functionCall("lookup", { q: 1 }), viewImage(join(workspace, "pixel.png")))
        .reply(command("exit 3"), applyPatch("*** Update File: none.txt\n@@\n-a\n+b"))
        .reply(command("sleep 0.5; echo a"), command("sleep 0.3; echo b"), command("sleep 0.4; echo c"))
        .reply(message(["all ", "done"], { phase: "final_answer" }));
      await thread.run("go", { clientUserMessageId: "mine-1" });
      model.reply(message(["Intro\n<proposed_plan>\n# Do", " it\n- a\n</proposed_plan>\n", "end"]));
      await thread.run("plan it", mode("plan"));
      model.reply(message('{"findings":[],"overall_correctness":"patch is correct","overall_explanation":"fine"}'));
      const target = { type: "custom", instructions: "look at it" } as const;
      await turnOf(thread, () => codex.request("review/start", { threadId: thread.id, target }));
      model.reply(failure("insufficient_quota", "no money"));
      await thread.run("fail", mode("default"));
      model.reply(message("what was said"));
      await turnOf(thread, () => thread.compact());
      await turnOf(
        thread,
        () => codex.request("thread/shellCommand", { threadId: thread.id, command: "echo by hand" }),
      );
      model.reply(message("seen"));
      const toolOutput = { name: "sensor", output: "21 degrees" };
      await turnOf(thread, () => codex.request("turn/start", { threadId: thread.id, input: [], toolOutput }));
      const both = await live.settled(thread);
      assertStored(both);
      assertStrictEquals(hydrate(both.live, turnsOf(both.stored)), both.live, "nothing was missed");
      see(both.live);
      // What the server does store, the state has: all of it but the calls that came to nothing.
      assert(both.live.turns.length === 7, `${both.live.turns.length} turns`);
    });
  });

  test("[M2] (real) what is approved, what is declined, what is interrupted, what is steered", async () => {
    await withAppServer({ approvalPolicy: "on-request", sandboxMode: "read-only" }, async ({ codex, model }) => {
      using live = new Live(codex);
      let patches = 0;
      const thread = await codex.threadStart({}, {
        handlers: {
          "item/commandExecution/requestApproval": () => ({ decision: "decline" }),
          "item/fileChange/requestApproval": () => ({ decision: patches++ === 0 ? "accept" : "decline" }),
        },
      });
      model
        .reply(command("echo no", { escalate: true, justification: "just so" }))
        .reply(applyPatch("*** Add File: a.txt\n+a"))
        .reply(applyPatch("*** Add File: b.txt\n+b"))
        .reply(message("as you like"));
      await thread.run("ask me");
      const gate = new Gate();
      model.reply(message(["one ", gate, "two"])).reply(message("three"));
      const steered = await thread.turn("begin");
      await gate.reached;
      await steered.steer("and this");
      gate.release();
      await steered.run();
      model.reply(message(["half ", new Gate(), "never"]));
      const interrupted = await thread.turn("stop me");
      for await (const event of interrupted.stream()) {
        if (event.method === "item/agentMessage/delta") await interrupted.interrupt();
      }
      const both = await live.settled(thread);
      assertStored(both);
      const unstored = both.live.turns.flatMap(({ items }) => items.filter(isUnstored));
      // A steer can cut the message short that it comes into.
      assertEquals([...new Set(unstored.map(({ item }) => item.type))], ["commandExecution", "agentMessage"]);
      assert(both.live.turns.every(({ items }) => items.every(({ streaming }) => !streaming)));
      assertStrictEquals(hydrate(both.live, turnsOf(both.stored)), both.live);
      see(both.live);
    });
  });

  test("[M2] (real) a call whose id another one had: the last of them, in both", async () => {
    const options = { approvalPolicy: "never", sandboxMode: "danger-full-access" } as const;
    await withAppServer(options, async ({ codex, model }) => {
      using live = new Live(codex);
      const thread = await codex.threadStart();
      model.reply(command("echo one", { callId: "same" })).reply(command("echo two", { callId: "same" })).reply("done");
      await thread.run("go");
      const both = await live.settled(thread);
      const of = ({ turns }: ThreadState) =>
        turns[0]!.items.map(({ item: { startedAtMs: _, completedAtMs: __, ...item } }) => item);
      assertEquals(of(both.live), of(both.stored));
      assertEquals(of(both.live).map(({ type }) => type), ["userMessage", "commandExecution", "agentMessage"]);
    });
  });

  test("[M2] (real) a sleep to its end, one that is steered awake, and one that is interrupted", async () => {
    const config = { features: { current_time_reminder: { enabled: true, sleep_tool: true } } };
    await withAppServer({ approvalPolicy: "never", codex: { config } }, async ({ codex, model }) => {
      using live = new Live(codex);
      const thread = await codex.threadStart();
      const sleep = (ms: number) => functionCall("sleep", { duration_ms: ms }, { namespace: "clock" });
      const turns = [[1, undefined], [600_000, "steer"], [600_000, "interrupt"]] as const;
      for (const [ms, then] of turns) {
        model.reply(sleep(ms));
        if (then !== "interrupt") model.reply(message("awake"));
        const turn = await thread.turn("go");
        for await (const { method, params } of turn.stream()) {
          if (method !== "item/started" || params.item.type !== "sleep") continue;
          if (then === "steer") await turn.steer("wake up");
          if (then === "interrupt") await turn.interrupt();
        }
      }
      const both = await live.settled(thread);
      assertStored(both);
      const slept = both.stored.turns.map(({ items }) => items.filter(({ item }) => item.type === "sleep").length);
      assertEquals(slept, [1, 1, 0]);
      see(both.live);
    });
  });

  test("[M2] (real) the tools of an MCP server, and the prompt of a hook", async () => {
    const toml = [
      ...mcpToml().split("\n"),
      "[[hooks.Stop]]",
      "[[hooks.Stop.hooks]]",
      'type = "command"',
      `command = "test -e hook.done || { touch hook.done; echo '{\\"decision\\":\\"block\\",\\"reason\\":\\"go on\\"}'; }"`,
    ].join("\n");
    const options = { approvalPolicy: "on-request", sandboxMode: "workspace-write", toml } as const;
    await withAppServer(options, async ({ codex, model, workspace }: AppServer) => {
      using live = new Live(codex);
      const { data: [first] } = await codex.request("hooks/list", {});
      const { key, currentHash } = first!.hooks[0]!;
      await codex.request("config/value/write", {
        keyPath: "hooks.state",
        value: { [key]: { trusted_hash: currentHash, enabled: true } },
        mergeStrategy: "upsert",
      });
      const updates = codex.notifications("mcpServer/startupStatus/updated");
      const thread = await codex.threadStart({}, {
        handlers: { "mcpServer/elicitation/request": () => ({ action: "accept", content: { name: "Ada" } }) },
      });
      for await (const { params } of updates) {
        if (params.status === "failed") throw new Error(`the MCP server did not start: ${params.error}`);
        if (params.threadId === thread.id && params.status === "ready") break;
      }
      model.reply(functionCall("ask", {}, { namespace: "mcp__asker" })).reply("done").reply("done again");
      await thread.run("go");
      const both = await live.settled(thread);
      assertStored(both);
      assertStrictEquals(hydrate(both.live, turnsOf(both.stored)), both.live);
      see(both.live);
      rmSync(join(workspace, "hook.done"));
    });
  });

  for (const version of [1, 2]) {
    test(`[M2][M4] (real) sub-agents, version ${version}: below their parent, and equal to what is stored`, async () => {
      const options = {
        approvalPolicy: "never",
        sandboxMode: "danger-full-access",
        features: { multi_agent_v2: version === 2 },
      } as const;
      await withAppServer(options, async ({ codex, model }) => {
        using live = new Live(codex);
        const thread = await codex.threadStart();
        const spawn = version === 1
          ? functionCall("spawn_agent", { message: "CHILD do it", agent_type: "default" }, {
            namespace: "multi_agent_v1",
          })
          : functionCall("spawn_agent", { message: "CHILD do it", task_name: "child" }, { namespace: "collaboration" });
        // A sub-agent knows nothing of what its parent was told (version 1), or inherits it and is told so (version 2).
        const isChild = ({ userTexts, body }: ModelRequest) =>
          !userTexts.join().includes("PARENT") || JSON.stringify(body.input).includes("newly spawned child agent");
        // The word that the child is done can come when its parent has said its last, and then it is asked once more.
        model.when((request) => !isChild(request)).reply(spawn).reply("spawned").always(() => ["it is"]);
        model.when(isChild).reply(command("echo from the child")).reply("the child is done");
        await thread.run("PARENT go");
        const over = ({ agents }: ThreadState) =>
          Object.values(agents).some(({ turns }) => turns[0]?.turn.status === "completed");
        await live.until(over);
        const both = await live.settled(thread);
        assertEquals(Object.keys(both.live.agents).length, 1);
        assertStored(both);
        const [child] = Object.values(both.live.agents);
        const page = await codex.request("thread/turns/list", { threadId: child!.threadId, itemsView: "full" });
        const whole = hydrate(both.stored, page.data, child!.threadId);
        assertEquals(whole.agents[child!.threadId]!.turns, child!.turns);
        assertEquals(whole.agents[child!.threadId]!.gap, null);
        assert(child!.turns[0]!.items.some(({ output }) => output === "from the child\n"));
        assert(!JSON.stringify(both.live.turns).includes("from the child"));
        see(both.live);
      });
    });
  }

  test("[M2] (real) those were all kinds of items that the model can bring about", () => {
    assertEquals(ITEM_TYPES.filter((type) => !seen.has(type)).sort(), [...OUT_OF_REACH].sort());
  });
});

/** What a state was hydrated from, put together again. */
function turnsOf({ turns }: ThreadState) {
  return turns.map(({ turn, items }) => ({ ...turn, items: items.map(({ item }) => item) }));
}
