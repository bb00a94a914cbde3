import type { Codex } from "@codex-app-server/sdk";
import { type ChatHandler, type ChatHandlerOptions, createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import { readOnlyCommands } from "@codex-app-server/sdk/policies";
import { applyPatch, command, functionCall, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { agentOf, spawns } from "../real/agents.ts";
import { mcpToml } from "../real/mcp_toml.ts";
import { type Chat, openChat, type UIMessage, type UIPart, until } from "./peers.ts";

const ready = ({ status }: Chat) => status === "ready";
const partsOf = (chat: Chat): readonly UIPart[] => chat.messages.at(-1)!.parts;
const asking = (chat: Chat): UIPart => partsOf(chat).findLast(({ state }) => state === "approval-requested")!;
const textOf = (chat: Chat) => partsOf(chat).flatMap(({ type, text = "" }) => type === "text" ? [text] : []).join("|");

function handlerOf(codex: Codex, options: Partial<ChatHandlerOptions> = {}): ChatHandler {
  const threadParams = { sandbox: "read-only", approvalPolicy: "on-request" } as const;
  return createChatHandler({ codex, authorize: () => ({ id: "me" }), threadParams, ...options });
}

async function answer(chat: Chat, approved: boolean, reason?: string): Promise<void> {
  const { id } = asking(chat).approval!;
  await chat.addToolApprovalResponse({ id, approved, ...(reason === undefined ? {} : { reason }) });
  await until(chat, ready);
}

/** Sends an answer by hand, as often as one likes. */
async function sendAnswer(handler: ChatHandler, message: UIMessage, id: string, approved: boolean): Promise<string> {
  const parts = message.parts.map((part) =>
    part.approval === undefined ? part : { ...part, state: "approval-responded", approval: { id, approved } }
  );
  const body = JSON.stringify({ id: "chat-1", messages: [{ ...message, parts }] });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  const response = await handler(new Request("http://app.example/api/chat", init));
  assertEquals(response.status, 200);
  // How often the tokens are told depends on who reads when.
  return (await response.text()).split("\n\n").filter((line) => !line.includes("data-usage")).join("\n");
}

describe("questions to a page", () => {
  test("[I3] (real) one that nobody answers is refused after the deadline, and the turn goes on", () =>
    withAppServer(async ({ codex, model, workspace }) => {
      const handler = handlerOf(codex, { approvalTimeoutMs: 100 });
      model.reply(command("touch made", { escalate: true })).reply(message("Nobody was there."));
      const chat = await openChat(7, handler);
      const events = codex.notifications("turn/completed");
      await chat.sendMessage({ text: "go" });
      assertEquals(asking(chat).toolName, "commandExecution");
      await events.next();
      // Too late: it does nothing, and the page is told how it went.
      await answer(chat, true);
      assertEquals([textOf(chat), chat.messages.at(-1)!.metadata!.status], ["Nobody was there.", "completed"]);
      assertEquals(partsOf(chat).find(({ toolName }) => toolName !== undefined)!.state, "output-denied");
      assertEquals(existsSync(join(workspace, "made")), false);
      await events.return?.();
    }));

  test("[I3] (real) an answer that is forged, or comes twice, or is taken back, does nothing", () =>
    withAppServer(async ({ codex, model, workspace }) => {
      const handler = handlerOf(codex);
      model.reply(command("touch made", { escalate: true })).reply(message("So be it."));
      const chat = await openChat(6, handler, { automatic: "never" });
      await chat.sendMessage({ text: "go" });
      const asked = chat.messages.at(-1)!;
      const [pending] = codex.pendingServerRequests();
      for (const id of ["forged", String(pending!.id), String(pending!.requestId), "0", ""]) {
        assertStringIncludes(await sendAnswer(handler, asked, id, true), "This is not asked any more.");
      }
      assertEquals(codex.pendingServerRequests().length, 1);
      const { id } = asking(chat).approval!;
      const [first, second] = await Promise.all([true, false].map((yes) => sendAnswer(handler, asked, id, yes)));
      assertEquals(first, second);
      assertStringIncludes(first!, "So be it.");
      assertEquals(existsSync(join(workspace, "made")), true);
      assertEquals(await sendAnswer(handler, asked, id, true), first);
    }));

  test("[I3] (real) a file change shows its diff; cancel ends the turn", () =>
    withAppServer({ files: { "a.txt": "one\n" } }, async ({ codex, model, workspace }) => {
      const chat = await openChat(7, handlerOf(codex));
      model.reply(applyPatch("*** Update File: a.txt\n@@\n-one\n+two")).reply(message("Changed."))
        .reply(applyPatch("*** Add File: b.txt\n+b"));
      await chat.sendMessage({ text: "go" });
      const { toolName, input } = asking(chat);
      assertEquals(toolName, "fileChange");
      assertStringIncludes(JSON.stringify(input), "-one\\n+two");
      await answer(chat, true);
      assertEquals(textOf(chat), "Changed.");
      await chat.sendMessage({ text: "again" });
      await answer(chat, false, "cancel");
      assertEquals([chat.messages.at(-1)!.metadata!.status, existsSync(join(workspace, "b.txt"))], [
        "interrupted",
        false,
      ]);
    }));

  test("[I3] (real) a policy is asked before a person, who then sees what it could not judge", () =>
    withAppServer(async ({ codex, model }) => {
      const policy = readOnlyCommands();
      const chat = await openChat(7, handlerOf(codex, { policy }));
      model.reply(command("ls", { escalate: true })).reply(command("touch x", { escalate: true })).reply(
        message("Done."),
      );
      await chat.sendMessage({ text: "go" });
      const ran = partsOf(chat).filter(({ toolName }) => toolName === "commandExecution");
      assertEquals(ran.map(({ state }) => state), ["output-available", "approval-requested"]);
      await answer(chat, true);
      assertEquals(textOf(chat), "Done.");
    }));

  test("[I3] (real) a command that still runs does not keep a page from answering for another one", () =>
    withAppServer({ sandboxMode: "workspace-write" }, async ({ codex, model }) => {
      const chat = await openChat(7, handlerOf(codex, { threadParams: { approvalPolicy: "on-request" } }));
      model.reply(functionCall("exec_command", { cmd: "sleep 30", yield_time_ms: 250 }))
        .reply(command("touch x", { escalate: true })).reply(message("Both."));
      await chat.sendMessage({ text: "go" });
      const slow = partsOf(chat).find(({ toolName }) => toolName === "commandExecution")!;
      assert(slow.state !== "output-available" || slow.preliminary === true, JSON.stringify(slow));
      await answer(chat, true);
      assertEquals(textOf(chat), "Both.");
      const { threadId } = chat.messages.at(-1)!.metadata!;
      await codex.request("thread/backgroundTerminals/clean", { threadId });
    }));

  test("[I3] [I2] (real) what a sub-agent asks is asked in the message of its turn", () =>
    withAppServer(async ({ codex, model, workspace }) => {
      const chat = await openChat(6, handlerOf(codex));
      agentOf(model, "the part").reply(command("touch part", { escalate: true })).reply("part done");
      spawns(model, "the part");
      model.reply("all done");
      await chat.sendMessage({ text: "Have it done." });
      const { threadId } = chat.messages.at(-1)!.metadata!;
      const { toolName, input, approval } = asking(chat);
      assertEquals(toolName, "commandExecution");
      assertStringIncludes((input as { command: string }).command, "touch part");
      const asker = (approval!.descriptor as { threadId: string }).threadId;
      assert(asker !== threadId);
      await answer(chat, true);
      assertEquals([textOf(chat), existsSync(join(workspace, "part"))], ["all done", true]);
      const agents = partsOf(chat).filter(({ type }) => type === "data-agent");
      assertEquals(agents.map(({ id }) => id), [asker]);
      const { status, message: said, parentThreadId } = agents[0]!.data as Record<string, unknown>;
      assertEquals([status, said, parentThreadId], ["completed", "part done", threadId]);
    }));

  test("[I3] (real) the agent's own questions, and a form of an MCP server, are tools that the page answers", () => {
    const options = { approvalPolicy: "on-request", sandboxMode: "workspace-write", toml: mcpToml() } as const;
    return withAppServer(options, async ({ codex, model }) => {
      const settings = { model: "mock-model", reasoning_effort: null, developer_instructions: null };
      const plan = { collaborationMode: { mode: "plan", settings } } as const;
      const handler = handlerOf(codex, {
        threadParams: { approvalPolicy: "on-request" },
        turnOptions: (_session, body) => body["plans"] === true ? plan : {},
      });
      const planning = (request: Request) => withPlans(handler, request);
      const chat = await openChat(7, planning, { automatic: "tools" });
      const options = [{ label: "A", description: "a" }, { label: "B", description: "b" }];
      const questions = [{ id: "which", header: "Which", question: "A or B?", options }];
      model.reply(functionCall("request_user_input", { questions }))
        .reply((request) => [message(`You said ${request.toolOutput()}`)]);
      await chat.sendMessage({ text: "Plan it." });
      const asked = partsOf(chat).find(({ toolName }) => toolName === "requestUserInput")!;
      assertEquals([asked.state, (asked.input as { questions: { id: string }[] }).questions[0]!.id], [
        "input-available",
        "which",
      ]);
      const { toolCallId } = asked;
      await chat.addToolOutput({
        tool: "requestUserInput",
        toolCallId: toolCallId!,
        output: { answers: { which: ["B"] } },
      });
      await until(chat, ready);
      assertStringIncludes(textOf(chat), '"B"');
      // A program that was started anew knows nothing of it: the page is not sent round in circles.
      const old = partsOf(chat).map((part) =>
        part.toolCallId === toolCallId ? { ...part, providerExecuted: false } : part
      );
      const messages = [{ ...chat.messages.at(-1)!, parts: old }];
      let sent = 0;
      const fresh = handlerOf(codex);
      const counted = (request: Request) => (sent++, fresh(request));
      const page = await openChat(7, counted, { automatic: "tools", messages: messages.map(withoutThread) });
      await page.sendMessage(undefined as never);
      await until(page, ready);
      assertEquals(sent, 1);

      const updates = codex.notifications("mcpServer/startupStatus/updated");
      const other = await openChat(7, handler, { id: "chat-2", automatic: "never" });
      model.reply(message("Hello."))
        .reply(functionCall("ask", {}, { namespace: "mcp__asker" }))
        .reply((request) => [message(`It said ${request.toolOutput()}`)]);
      await other.sendMessage({ text: "Hi" });
      const { threadId } = other.messages.at(-1)!.metadata!;
      for await (const { params } of updates) if (params.threadId === threadId && params.status === "ready") break;
      await other.sendMessage({ text: "Ask" });
      // First whether the tool may be called, then what its server wants to know.
      await answer(other, true);
      await other.sendMessage(undefined as never);
      const form = partsOf(other).find(({ toolName, state }) =>
        toolName === "elicitation" && state === "input-available"
      )!;
      await other.addToolOutput({ tool: "elicitation", toolCallId: form.toolCallId!, output: { name: "Ada" } });
      await other.sendMessage(undefined as never);
      await until(other, ready);
      assertStringIncludes(textOf(other), '"content":{"name":"Ada"}');
    });
  });
});

/** Of a message that names no thread, a new program cannot say whose it is. */
function withoutThread({ metadata: _, ...message }: UIMessage): UIMessage {
  return message;
}

/** The page's own fields, as `useChat` sends those of `body`. */
async function withPlans(handler: ChatHandler, request: Request): Promise<Response> {
  if (request.method !== "POST") return await handler(request);
  const body = JSON.stringify({ ...await request.json(), plans: true });
  return await handler(new Request(request.url, { method: "POST", headers: request.headers, body }));
}
