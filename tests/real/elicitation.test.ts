import { assertEquals, assertStringIncludes } from "@std/assert";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ServerRequestHandlers } from "@codex-app-server/sdk";
import {
  acceptForSession,
  type ApprovalPolicy,
  type ApprovalRecord,
  policyHandlers,
} from "@codex-app-server/sdk/policies";
import type { ServerRequestParamsOf, ServerRequestResultOf } from "@codex-app-server/sdk/protocol";
import { type AppServer, functionCall, scriptCommand, withAppServer } from "@codex-app-server/sdk/testing";

type Params = ServerRequestParamsOf<"mcpServer/elicitation/request">;
type Answer = ServerRequestResultOf<"mcpServer/elicitation/request">;

/** The TOML of an MCP server that runs on this very runtime. The server cleans the environment, and `HOME` is another. */
function configuration(): string {
  // Node runs the tests transpiled.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const [program, ...args] = scriptCommand(fileURLToPath(new URL(`./mcp_server.${extension}`, import.meta.url)));
  const cache = process.env["DENO_DIR"] ?? join(homedir(), ".cache", "deno");
  return [
    "[mcp_servers.asker]",
    `command = ${JSON.stringify(program)}`,
    `args = ${JSON.stringify(args)}`,
    "startup_timeout_sec = 60",
    `env = { DENO_DIR = ${JSON.stringify(cache)}, DENO_NO_UPDATE_CHECK = "1" }`,
  ].join("\n");
}

const call = () => functionCall("ask", {}, { namespace: "mcp__asker" });
const isToolCall = (params: Params) => (params._meta as { codex_approval_kind?: string } | null) !== null;

async function withAsker(test: (server: AppServer) => Promise<void>): Promise<void> {
  const options = { approvalPolicy: "on-request", sandboxMode: "workspace-write", toml: configuration() } as const;
  await withAppServer(options, test);
}

/** Runs one turn of a new thread, once the thread's MCP server is up. */
async function run(server: AppServer, handlers?: ServerRequestHandlers): Promise<void> {
  const updates = server.codex.notifications("mcpServer/startupStatus/updated");
  const thread = await server.codex.threadStart({}, handlers === undefined ? {} : { handlers });
  for await (const { params } of updates) {
    if (params.threadId !== thread.id) continue;
    if (params.status === "failed") throw new Error(`the MCP server did not start: ${params.error}`);
    if (params.status === "ready") break;
  }
  assertEquals((await thread.run("go")).status, "completed");
}

describe("elicitation (real)", () => {
  test("[A8] (real) the call of an MCP tool is approved, and its server's question answered", async () => {
    await withAsker(async (server) => {
      const asked: string[] = [];
      const answers: Answer[] = [
        { action: "accept", content: { name: "Ada" } },
        { action: "decline", content: null },
        { action: "cancel", content: null },
      ];
      const handlers: ServerRequestHandlers = {
        "mcpServer/elicitation/request": (params) => {
          assertEquals(params.serverName, "asker");
          asked.push(isToolCall(params) ? "tool" : "question");
          return isToolCall(params) ? { action: "accept", content: {} } : answers.shift()!;
        },
      };
      for (const expected of ['{"action":"accept","content":{"name":"Ada"}}', '"decline"', '"cancel"']) {
        server.model.reply(call()).reply("done");
        await run(server, handlers);
        assertStringIncludes(server.model.requests.at(-1)?.toolOutput() ?? "", expected);
      }
      assertEquals(asked, ["tool", "question", "tool", "question", "tool", "question"]);
    });
  });

  test("[A1] (real) without a handler the tool is not called", async () => {
    await withAsker(async (server) => {
      server.model.reply(call()).reply("done");
      await run(server);
      assertStringIncludes(server.model.requests.at(-1)?.toolOutput() ?? "", "rejected");
    });
  });

  test("[A9] (real) a policy approves the tool for the session, but cannot fill in the server's form", async () => {
    await withAsker(async (server) => {
      const records: ApprovalRecord[] = [];
      const trusting: ApprovalPolicy = (question) =>
        question.kind === "elicitation" && question.params.serverName === "asker"
          ? { decision: "accept", reason: "our own server" }
          : undefined;
      server.model.reply(call()).reply(call()).reply("done");
      await run(server, policyHandlers(acceptForSession(trusting), { audit: (record) => void records.push(record) }));
      // The tool, its question, and the question alone: the second call is not asked about.
      assertEquals(records.map((record) => record.decision), ["acceptForSession", "decline", "decline"]);
      assertStringIncludes(server.model.requests.at(-1)?.toolOutput() ?? "", '{"action":"decline"}');
    });
  });
});
