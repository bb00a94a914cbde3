import { assert, assertEquals, assertThrows } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { CodexOptions, Diagnostic, RequestId, ServerRequestHandlers } from "@codex-app-server/sdk";
import { allowPaths, policyHandlers } from "@codex-app-server/sdk/policies";
import { applyPatch, command, functionCall, withAppServer } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { collectUntil } from "../collect_garbage.ts";
import { killAll, seesProcesses } from "./processes.ts";
import { deferred } from "../../src/util/deferred.ts";

const COMMAND = "item/commandExecution/requestApproval";
const ASKS = { approvalPolicy: "on-request", files: { "src/old.txt": "old" } } as const;

function refusals(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.flatMap((each) => each.type === "server-request-refused" ? each.reason : []);
}

describe("questions about items that share an id (real)", () => {
  test("[P3] (real) one after the other: each is judged by its own, and both are in the turn", async () => {
    const paths: unknown[] = [];
    await withAppServer(ASKS, async ({ codex, model, workspace }) => {
      const policy = policyHandlers(allowPaths([join(workspace, "src")]));
      const handlers: ServerRequestHandlers = {
        ...policy,
        "item/fileChange/requestApproval": (params, ctx) => {
          paths.push(ctx.item?.type === "fileChange" && ctx.item.changes.map(({ path }) => path.split("/").at(-1)));
          return policy["item/fileChange/requestApproval"](params, ctx);
        },
      };
      for (const path of ["src/ok.txt", "evil.txt", "src/fine.txt"]) {
        model.reply(applyPatch(`*** Add File: ${path}\n+x`, { callId: "call_0" }));
      }
      model.reply("done");
      const turn = await (await codex.threadStart({}, { handlers })).run("go");
      const changed = turn.items.flatMap((each) => each.type === "fileChange" ? each.changes : []);
      assertEquals(changed.map(({ path }) => path.split("/").at(-1)), ["ok.txt", "evil.txt", "fine.txt"]);
      assertEquals(paths, [["ok.txt"], ["evil.txt"], ["fine.txt"]]);
      const written = ["src/ok.txt", "evil.txt", "src/fine.txt"].map((path) => existsSync(join(workspace, path)));
      assertEquals(written, [true, false, true]);
    });
  });

  test("[P3] (real) at the same time: nothing is written that nobody has judged", async () => {
    const diagnostics: Diagnostic[] = [];
    const codexOptions = { onDiagnostic: (each: Diagnostic) => void diagnostics.push(each) };
    await withAppServer({ ...ASKS, codex: codexOptions }, async ({ codex, model, workspace }) => {
      const handlers = policyHandlers(allowPaths([join(workspace, "src")]));
      const patch = (path: string) => applyPatch(`*** Add File: ${path}\n+x`, { callId: "call_0" });
      model.reply(patch("src/ok.txt"), patch("evil.txt")).reply(patch("evil.txt"), patch("src/ok.txt")).reply("done");
      await (await codex.threadStart({}, { handlers })).run("go");
      assert(!existsSync(join(workspace, "evil.txt")));
      assert(refusals(diagnostics).includes("ambiguous-item"), JSON.stringify(diagnostics));
    });
  });

  test("[P3] (real) at the same time: a yes to one command does not run another", async () => {
    // Which of the two the server asks first is chance.
    for (let round = 0; round < 4; round++) {
      const diagnostics: Diagnostic[] = [];
      const codexOptions = { onDiagnostic: (each: Diagnostic) => void diagnostics.push(each) };
      await withAppServer({ ...ASKS, codex: codexOptions }, async ({ codex, model, workspace }) => {
        const run = (what: string) => command(what, { callId: "call_0", escalate: true });
        model.reply(run("touch fine"), run("touch evil")).reply("done");
        const late = deferred<void>();
        const handlers: ServerRequestHandlers = {
          [COMMAND]: async ({ command: asked }) => {
            if (!asked?.includes("fine")) await late.promise;
            return { decision: asked?.includes("fine") ? "accept" : "decline" };
          },
        };
        await (await codex.threadStart({}, { handlers })).run("go");
        late.resolve();
        assert(!existsSync(join(workspace, "evil")), `round ${round}: ${JSON.stringify(diagnostics)}`);
        assertEquals(refusals(diagnostics), ["ambiguous-item", "ambiguous-item"]);
      });
    }
  });
});

describe("questions over a lost connection (real)", () => {
  const skip = seesProcesses ? false : "finds the server to kill by /proc";

  test("[P8] (real) a late yes to one finds no other, and says so", { skip }, async () => {
    const inbox: RequestId[] = [];
    let arrived = deferred<void>();
    const codexOptions: CodexOptions = {
      reconnect: { initialDelayMs: 1 },
      handlers: {
        [COMMAND]: (_params, ctx) => {
          inbox.push(ctx.id);
          arrived.resolve();
          return ctx.defer();
        },
      },
    };
    await withAppServer({ ...ASKS, codex: codexOptions }, async ({ codex, model, home, workspace }) => {
      model.reply(command("ls", { escalate: true }));
      const first = (await codex.threadStart()).run("list").then(() => "done", (error: Error) => error.name);
      await arrived.promise;
      arrived = deferred();
      await killAll(home);
      assertEquals(await first, "TransportClosedError");
      model.reply(command("touch evil", { escalate: true })).reply("done");
      const second = (await codex.threadStart()).run("something else");
      await arrived.promise;
      assert(inbox[0] !== inbox[1], JSON.stringify(inbox));
      assertEquals(codex.pendingServerRequests().map(({ id, requestId }) => [id, requestId]), [[inbox[1], 0]]);
      const late = () => codex.answer<typeof COMMAND>(inbox[0]!, { decision: "accept" });
      assertThrows(late, RangeError, "asked over a connection that is lost");
      codex.answer<typeof COMMAND>(inbox[1]!, { decision: "decline" });
      await second;
      assert(!existsSync(join(workspace, "evil")));
    });
  });
});

describe("async contexts (real)", () => {
  test("[P11] (real) tools, handlers and what aborts them see the store of whoever opened the thread, on one shared client", async () => {
    const session = new AsyncLocalStorage<string>();
    const seen: Record<string, unknown> = {};
    let user = "";
    const note = (what: string) => {
      seen[`${what} for ${user}`] = session.getStore();
    };
    const client = policyHandlers(() => {
      note("the client's");
      return { decision: "decline", reason: "nothing is to be changed" };
    }, { audit: () => note("the client's audit") });
    const orders = tool({
      name: "orders",
      description: "The orders of whoever is logged in.",
      input: { type: "object" },
      execute: async () => {
        await Promise.resolve();
        note("tool");
        return "none";
      },
    });
    // The client is started by the first who needs it, and runs its own as whoever made it.
    const all = { ...ASKS, codex: { handlers: client } };
    await session.run("the maker", () =>
      withAppServer(all, async ({ codex, model }) => {
        for (user of ["alice", "bob"]) {
          await session.run(user, async () => {
            model.reply(functionCall("orders", {})).reply(command("touch x", { escalate: true }));
            model.reply(applyPatch("*** Add File: y.txt\n+y")).reply("done");
            const handlers: ServerRequestHandlers = {
              [COMMAND]: (_params, ctx) => {
                note("handler");
                ctx.signal.addEventListener("abort", () => note("abort"));
                return ctx.defer();
              },
            };
            const turn = await (await codex.threadStart({}, { tools: [orders], handlers })).turn("What did I order?");
            // Whoever answers is somebody else again.
            await session.run("mallory", async () => {
              while (codex.pendingServerRequests()[0]?.state !== "parked") await new Promise((r) => setTimeout(r, 1));
              const { id } = codex.pendingServerRequests()[0]!;
              codex.answer<typeof COMMAND>(id, { decision: "decline" });
            });
            await turn.run();
          });
        }
      }));
    const expected: Record<string, unknown> = {};
    for (const each of ["alice", "bob"]) {
      for (const what of ["tool", "handler", "abort"]) expected[`${what} for ${each}`] = each;
      for (const what of ["the client's", "the client's audit"]) expected[`${what} for ${each}`] = "the maker";
    }
    assertEquals(seen, expected);
  });

  test("[P11] (real) nobody's store is kept alive by the connection", async () => {
    const session = new AsyncLocalStorage<object>();
    await withAppServer({}, async ({ codex, model }) => {
      const ping = tool({ name: "ping", description: "Pong.", input: { type: "object" }, execute: () => "pong" });
      const visit = async (): Promise<WeakRef<object>> => {
        const store = { of: "alice" };
        await session.run(store, async () => {
          model.reply(functionCall("ping", {})).reply("hello");
          const thread = await codex.threadStart({}, {
            tools: [ping],
            handlers: { [COMMAND]: () => ({ decision: "accept" }) },
          });
          await thread.run("hi");
        });
        return new WeakRef(store);
      };
      const visits = [await visit(), await visit()];
      assert(await collectUntil(() => visits.every((store) => store.deref() === undefined)), "a store is still held");
      model.reply("still here");
      await (await codex.threadStart()).run("hi");
    });
  });
});
