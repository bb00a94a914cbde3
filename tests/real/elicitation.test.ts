import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import type { ServerRequestHandlers } from "@codex-app-server/sdk";
import {
  acceptForSession,
  type ApprovalPolicy,
  type ApprovalRecord,
  policyHandlers,
} from "@codex-app-server/sdk/policies";
import type { ServerRequestParamsOf, ServerRequestResultOf } from "@codex-app-server/sdk/protocol";
import { type AppServer, functionCall, withAppServer } from "@codex-app-server/sdk/testing";
import { mcpToml } from "./mcp_toml.ts";

type Params = ServerRequestParamsOf<"mcpServer/elicitation/request">;
type Answer = ServerRequestResultOf<"mcpServer/elicitation/request">;

const call = () => functionCall("ask", {}, { namespace: "mcp__asker" });
const isToolCall = (params: Params) => (params._meta as { codex_approval_kind?: string } | null) !== null;

async function withAsker(test: (server: AppServer) => Promise<void>): Promise<void> {
  const options = { approvalPolicy: "on-request", sandboxMode: "workspace-write", toml: mcpToml() } as const;
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
