import type { ServerRequestHandlers, Thread } from "@codex-app-server/sdk";
import { item, notification, serverRequestParams, withSeed } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";
const ROUNDS = 30;

describe("whoever asks, whenever, and whatever is known then", () => {
  test("[U1] [U3] handlers are asked from the nearest thread up, never those of another family, and each question once", async () => {
    await withSeed(async (random) => {
      for (let round = 0; round < ROUNDS; round++) {
        /** Of each question, who was asked for it. */
        const asked = new Map<string, string[]>();
        const passes = new Set<string>();
        const handlersOf = (who: string): ServerRequestHandlers => ({
          [COMMAND]: ({ command }, ctx) => {
            asked.get(command!)!.push(who);
            return passes.has(who) ? ctx.pass() : { decision: "accept" };
          },
        });
        await using peer = scripted({ handlers: handlersOf("client") });
        const { codex, server } = peer;
        const parents = new Map<string, string | null>();
        const owners = new Set<string>(["client"]);
        server.onRequest("thread/start", (_params, ctx) => {
          const id = `root ${parents.size}`;
          parents.set(id, null);
          ctx.reply(opened(id));
        });
        const held: Thread[] = [];
        const roots = 1 + random.below(3);
        for (let n = 0; n < roots; n++) {
          const who = `root ${parents.size}`;
          const own = random.chance(0.7);
          if (own) owners.add(who);
          held.push(await codex.threadStart({}, own ? { handlers: handlersOf(who) } : {}));
        }
        const threads = [...parents.keys()];
        for (let n = random.below(12); n > 0; n--) {
          const id = `agent ${parents.size}`;
          parents.set(id, threads[random.below(threads.length)]!);
          threads.push(id);
        }
        for (const who of owners) if (random.chance(0.5)) passes.add(who);
        const path = (id: string): string[] => {
          const parent = parents.get(id)!;
          return parent === null ? [id] : [...path(parent), id];
        };
        // Some parents are told by events, at any time; those of the others the server has to be asked for.
        server.onRequest("thread/read", async ({ threadId }) => {
          await new Promise((resolve) => setTimeout(resolve, random.below(3)));
          return { thread: record(threadId, parents.get(threadId)!) };
        });
        const steps: (() => void)[] = threads.flatMap((id) => {
          const parent = parents.get(id)!;
          if (parent === null || random.chance(0.4)) return [];
          const told = random.chance(0.5)
            ? item("collabAgentToolCall", { id, tool: "spawnAgent", receiverThreadIds: [id], status: "completed" })
            : item("subAgentActivity", { id, kind: "started", agentThreadId: id });
          const params = { threadId: parent, turnId: "any", item: told };
          return [() => server.notify("item/completed", notification("item/completed", params).params)];
        });
        const decisions: Promise<[string, string]>[] = [];
        for (let n = 0; n < 20; n++) {
          const id = threads[random.below(threads.length)]!;
          const command = `${n} of ${id}`;
          asked.set(command, []);
          steps.push(() => {
            const params = serverRequestParams(COMMAND, {
              threadId: id,
              turnId: `turn of ${id}`,
              itemId: command,
              command,
            });
            decisions.push(server.ask(COMMAND, params).then(({ decision }) => [command, String(decision)]));
          });
        }
        while (steps.length > 0) {
          steps.splice(random.below(steps.length), 1)[0]!();
          if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, 0));
        }
        for (const [command, decision] of await Promise.all(decisions)) {
          const chain = [...path(command.replace(/^\d+ of /, "")).reverse(), "client"].filter((who) => owners.has(who));
          const first = chain.findIndex((who) => !passes.has(who));
          assertEquals(
            asked.get(command),
            first < 0 ? chain : chain.slice(0, first + 1),
            command + JSON.stringify(peer.diagnostics.slice(-3)),
          );
          assertEquals(decision, first < 0 ? "decline" : "accept", command);
        }
        assertEquals(held.length, roots);
      }
    });
  });
});

function record(id: string, parentThreadId: string | null) {
  return {
    ...notification("thread/started", { thread: { id } }).params.thread,
    parentThreadId,
    source: "appServer" as const,
  };
}

function opened(id: string) {
  return {
    approvalPolicy: "never" as const,
    approvalsReviewer: "user" as const,
    cwd: "/",
    model: "m",
    modelProvider: "p",
    sandbox: { type: "readOnly" as const },
    thread: record(id, null),
  };
}
