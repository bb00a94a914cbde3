import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  check,
  CLIENT_REQUESTS,
  type ParamsOf,
  type RequestMethod,
  type ResultOf,
  SERVER_NOTIFICATIONS,
  SERVER_REQUESTS,
  type ServerNotifications,
  type ServerRequestMethod,
  type ServerRequestResultOf,
} from "@codex-app-server/sdk/protocol";
import { applyPatch, command, failure, functionCall, message, reasoning, usage } from "@codex-app-server/sdk/testing";
import { type RawMessage, type RawServer, rawServer } from "./raw_server.ts";

const FEATURES = { request_permissions_tool: true };

const TOML = `
[apps.demo]
enabled = false

[apps.demo.tools.search]
enabled = true
`;

/** What this client answers; the types are the generated ones. */
const ANSWERS: { readonly [M in ServerRequestMethod]?: ServerRequestResultOf<M> } = {
  "item/commandExecution/requestApproval": { decision: "accept" },
  "item/permissions/requestApproval": { permissions: {}, scope: "turn" },
  "item/tool/call": { contentItems: [{ type: "inputText", text: "42" }], success: true },
  "item/tool/requestUserInput": { answers: { color: { answers: ["Red"] } } },
};

/** A request whose params are held against the protocol, strictly, and which must succeed. */
async function call<M extends RequestMethod>(server: RawServer, method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
  const schema = CLIENT_REQUESTS[method].params;
  if (schema !== null) assertEquals(check(schema, params, { unknownKeys: true }).issues, [], `params of ${method}`);
  const reply = await server.request(method, params);
  assertEquals(reply.kind, "result", `${method}: ${JSON.stringify(reply.body)}`);
  return reply.body as ResultOf<M>;
}

type Completed = ServerNotifications["turn/completed"];

/** Runs one turn to its end. */
async function turn(server: RawServer, params: ParamsOf<"turn/start">): Promise<Completed["turn"]> {
  const { turn: { id } } = await call(server, "turn/start", params);
  const { body } = await server.seen("turn/completed", (each: Completed) => each.turn.id === id);
  return (body as Completed).turn;
}

/** Every way in which a message differs from the protocol. */
function differences({ kind, method, body }: RawMessage): string[] {
  const schema = kind === "result"
    ? CLIENT_REQUESTS[method as RequestMethod]?.result
    : kind === "request"
    ? SERVER_REQUESTS[method as ServerRequestMethod]?.params
    : SERVER_NOTIFICATIONS[method as keyof ServerNotifications]?.params;
  if (schema === undefined || schema === null) return [`${kind} ${method}: unknown`];
  const { issues } = check(schema, body, { unknownKeys: true });
  return issues.map(({ path, message }) => `${kind} ${method}: ${path}: ${message}`);
}

/** Asserts that every message fits strictly, and that these were among them. Notifications may be yet to come. */
async function assertTraffic(server: RawServer, expected: readonly string[]): Promise<void> {
  for (const each of expected) {
    const [kind, method = ""] = each.split(" ");
    if (kind === "notification") await server.seen(method);
  }
  const fine = server.messages.filter(({ kind }) => kind !== "error");
  assertEquals([...new Set(fine.flatMap(differences))], []);
  const seen = new Set(fine.map(({ kind, method }) => `${kind} ${method}`));
  assertEquals(expected.filter((each) => !seen.has(each)), [], "expected, but not seen");
}

/** Connects as a client that knows everything. */
async function initialize(server: RawServer): Promise<void> {
  await call(server, "initialize", {
    clientInfo: { name: "raw", title: null, version: "1.0.0" },
    capabilities: { experimentalApi: true },
  });
}

describe("the server's own messages fit the protocol, strictly (real)", () => {
  test("[Q7] turns: messages, reasoning, commands, file changes, tools, questions, failure (real)", async () => {
    await using server = await rawServer({
      approvalPolicy: "on-request",
      sandboxMode: "workspace-write",
      features: FEATURES,
      toml: TOML,
      answer: (method) => ANSWERS[method as ServerRequestMethod],
    });
    await initialize(server);
    const dynamicTools = [{
      type: "function",
      name: "answer",
      description: "knows",
      inputSchema: { type: "object" },
    }] as const;
    const { thread: { id: threadId } } = await call(server, "thread/start", { dynamicTools: [...dynamicTools] });

    server.model
      .reply(
        reasoning("thinking", { text: "raw thoughts" }),
        command("echo hi"),
        usage({ inputTokens: 5, outputTokens: 3 }),
      )
      .reply(command("echo outside", { escalate: true, justification: "because" }))
      .reply(applyPatch("*** Add File: new.txt\n+hello"))
      .reply(functionCall("answer", { question: "6 * 7" }))
      .reply(functionCall("request_permissions", { permissions: { network: { enabled: true } }, reason: "to ask" }))
      .reply(message(["Hel", "lo"], { phase: "final_answer" }));
    assertEquals((await turn(server, { threadId, input: [{ type: "text", text: "work" }] })).status, "completed");

    const options = [{ label: "Red", description: "warm" }, { label: "Blue", description: "cold" }];
    const questions = [{ id: "color", header: "Color", question: "Which?", options }];
    server.model.reply(functionCall("request_user_input", { questions })).reply("Red, then.");
    const settings = { model: "mock-model", reasoning_effort: null, developer_instructions: null };
    const plan = { threadId, input: [{ type: "text" as const, text: "ask" }] };
    await turn(server, { ...plan, collaborationMode: { mode: "plan", settings } });

    server.model.reply(failure("insufficient_quota", "no more"));
    assertEquals((await turn(server, plan)).status, "failed");

    const toolCall = server.messages.find(({ method }) => method === "item/tool/call")!.body as { callId: string };
    const isToolCall = ({ item }: ServerNotifications["item/completed"]) => item.type === "dynamicToolCall";
    const { body } = await server.seen("item/completed", isToolCall);
    // What ROUTING relies on: the call's id is the item's.
    assertEquals(toolCall.callId, (body as ServerNotifications["item/completed"]).item.id);

    await call(server, "thread/read", { threadId, includeTurns: true });
    await call(server, "thread/turns/list", { threadId, itemsView: "full" });
    await call(server, "thread/items/list", { threadId });
    await call(server, "thread/timeline/list", { threadId });

    await assertTraffic(server, [
      "notification error",
      "notification item/agentMessage/delta",
      "notification item/completed",
      "notification item/reasoning/summaryTextDelta",
      "notification item/reasoning/textDelta",
      "notification item/started",
      "notification serverRequest/resolved",
      "notification thread/started",
      "notification thread/status/changed",
      "notification thread/tokenUsage/updated",
      "notification turn/completed",
      "notification turn/diff/updated",
      "notification turn/started",
      "request item/commandExecution/requestApproval",
      "request item/permissions/requestApproval",
      "request item/tool/call",
      "request item/tool/requestUserInput",
    ]);
  });

  test("[Q7] a thread's life: fork, name, goal, search, compaction, review, archive (real)", async () => {
    await using server = await rawServer();
    await initialize(server);
    server.model.always(() => ["Done."]);
    const { thread: { id: threadId } } = await call(server, "thread/start", {});
    await turn(server, { threadId, input: [{ type: "text", text: "begin" }] });

    await call(server, "thread/list", {});
    await call(server, "thread/loaded/list", {});
    await call(server, "thread/search", { searchTerm: "begin" });
    await call(server, "thread/resume", { threadId });
    await call(server, "thread/fork", { threadId });
    await call(server, "thread/name/set", { threadId, name: "A thread" });
    await call(server, "thread/goal/set", { threadId, objective: "to end" });
    await call(server, "thread/goal/get", { threadId });
    await call(server, "thread/goal/clear", { threadId });
    await call(server, "thread/settings/update", { threadId, effort: "low" });
    await call(server, "thread/queue/list", { threadId });
    await call(server, "thread/attachment/list", { threadId });
    await call(server, "thread/backgroundTerminals/list", { threadId });
    await call(server, "thread/compact/start", { threadId });
    await server.seen(
      "turn/completed",
      ({ turn }: Completed) => turn.items.length === 0 || turn.status === "completed",
    );
    const review = await call(server, "review/start", { threadId, target: { type: "uncommittedChanges" } });
    await server.seen("turn/completed", (each: Completed) => each.turn.id === review.turn.id);
    await call(server, "thread/archive", { threadId });
    await call(server, "thread/unarchive", { threadId });

    await assertTraffic(server, [
      "notification thread/archived",
      "notification thread/goal/updated",
      "notification thread/name/updated",
      "notification thread/unarchived",
    ]);
  });

  test("[Q7] all that can be asked without an account: models, configuration, files, commands, plugins (real)", async () => {
    await using server = await rawServer({ features: FEATURES, toml: TOML });
    await initialize(server);
    const file = join(server.workspace, "a.txt");
    await call(server, "account/logout", undefined);
    await call(server, "account/read", {});
    await call(server, "accountSession/list", {});
    await call(server, "app/list", {});
    await call(server, "collaborationMode/list", {});
    await call(server, "command/exec", { command: ["echo", "hi"] });
    const { config } = await call(server, "config/read", { includeLayers: true });
    assert(config.apps?.["demo"] !== undefined, "the app's configuration was not read");
    await call(server, "config/value/write", { keyPath: "model", value: "other", mergeStrategy: "upsert" });
    await call(server, "configRequirements/read", undefined);
    await call(server, "experimentalFeature/list", {});
    await call(server, "externalAgentConfig/detect", { includeHome: false });
    await call(server, "fs/writeFile", { path: file, dataBase64: "aGk=" });
    await call(server, "fs/readFile", { path: file });
    await call(server, "fs/getMetadata", { path: file });
    await call(server, "fs/readDirectory", { path: server.workspace });
    await call(server, "fuzzyFileSearch", { query: "a", roots: [server.workspace] });
    await call(server, "hooks/list", {});
    await call(server, "mcpServerStatus/list", {});
    await call(server, "memory/status", {});
    await call(server, "model/list", {});
    await call(server, "modelProvider/capabilities/read", {});
    await call(server, "modelProvider/list", {});
    await call(server, "permissionProfile/list", {});
    await call(server, "plugin/installed", {});
    await call(server, "project/list", {});
    await call(server, "remoteControl/status/read", undefined);
    await call(server, "server/diagnostics", {});
    await call(server, "skills/list", {});
    await call(server, "thread/realtime/listVoices", {});
    await call(server, "threadSection/list", {});
    await call(server, "windowsSandbox/readiness", undefined);
    await assertTraffic(server, ["notification account/updated"]);
  });
});
