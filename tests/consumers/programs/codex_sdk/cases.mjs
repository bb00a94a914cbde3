// What both SDKs are made to do, on one script of the model each time. `name: { reply or script, steps, ... }`; without
// steps it is one run of a new thread, streamed.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as kit from "@codex-app-server/sdk/testing";

const {
  applyPatch,
  command,
  failure,
  functionCall,
  httpError,
  message,
  reasoning,
  usage,
  viewImage,
  webSearch,
} = kit;

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const COST = usage({ inputTokens: 42, cachedInputTokens: 12, outputTokens: 5, reasoningOutputTokens: 2 });
const SCHEMA = {
  type: "object",
  properties: { a: { type: "number" } },
  required: ["a"],
  additionalProperties: false,
};
const calc = {
  calc: {
    command: process.execPath,
    args: [...globalThis.Deno ? ["run", "-A"] : [], fileURLToPath(new URL("mcp_server.mjs", import.meta.url))],
    default_tools_approval_mode: "approve",
  },
};
const tool = (name, args = {}) => functionCall(name, args, { namespace: "mcp__calc" });
const agents = (name, args) => functionCall(name, args, { namespace: "multi_agent_v1" });
const step = (name, status) => ({ step: name, status });
const patch = (...lines) => applyPatch(lines.join("\n"));
const run = async (s, ...inputs) => {
  const thread = s.start();
  for (const input of inputs) await s.run(thread, input);
};

export const CASES = {
  "a message": { replies: [["Hi!", COST]] },
  "messages and thoughts": {
    replies: [[reasoning("first"), message("one", { phase: "commentary" }), reasoning(""), message("two"), COST]],
  },
  "nothing at all": { replies: [[COST]] },
  "commands": {
    replies: [[command("printf 'a\\nb'"), COST], [command("exit 3")], [command("seq 1 20000")], ["done", COST]],
  },
  "patches": {
    replies: [
      [patch("*** Add File: a.txt", "+hello")],
      [patch("*** Update File: a.txt", "@@", "-hello", "+bye")],
      [patch("*** Delete File: a.txt")],
      ["done"],
    ],
  },
  "a patch that does not fit": { replies: [[patch("*** Update File: no.txt", "@@", "-a", "+b")], ["done"]] },
  "a patch outside of the sandbox": {
    options: { sandboxMode: "read-only" },
    replies: [[patch("*** Add File: a.txt", "+hello")], ["done"]],
  },
  "a web search": { replies: [[webSearch("cats"), "found"]] },
  "a plan": {
    config: { tools: { update_plan: { enabled: true } } },
    replies: [
      [functionCall("update_plan", { plan: [step("a", "in_progress"), step("b", "pending")] })],
      [functionCall("update_plan", { plan: [step("a", "completed"), step("b", "in_progress")] })],
      [command("true")],
      ["planned"],
    ],
  },
  "MCP tools": {
    config: { mcp_servers: calc },
    replies: [[tool("add", { a: 1, b: 2 })], [tool("fail")], [tool("nope")], ["done"]],
  },
  "an MCP tool that asks": { config: { mcp_servers: calc }, replies: [[tool("ask")], ["done"]] },
  "an MCP server that does not start": {
    config: { mcp_servers: { gone: { command: "/nowhere/at/all" } } },
    replies: [["done"]],
  },
  "an agent of an agent": {
    // The two ask at the same time, in no order.
    counts: ({ lastUserText }) => lastUserText === "go",
    script(model) {
      const isChild = (r) => JSON.stringify(r.body.input).includes("the work of the child") && r.lastUserText !== "go";
      model.when(isChild).always(() => ["child done"]);
      model.reply(agents("spawn_agent", { message: "do the work of the child" }))
        .reply((r) => [agents("wait_agent", { targets: [JSON.parse(r.toolOutput()).agent_id], timeout_ms: 10_000 })])
        .reply("all done");
    },
  },
  "agents of the second version": {
    config: { features: { multi_agent_v2: true } },
    counts: ({ lastUserText }) => lastUserText === "go",
    script(model) {
      const isChild = (r) => JSON.stringify(r.body.input).includes("newly spawned child agent");
      const second = (name, args) => functionCall(name, args, { namespace: "collaboration" });
      model.when(isChild).always(() => ["child done"]);
      model.when((r) => !isChild(r)).reply(second("spawn_agent", { message: "do your work", task_name: "child" }))
        .reply(second("wait_agent", { timeout_ms: 10_000 })).always(() => ["all done"]);
    },
  },
  "a sleep": {
    config: { features: { current_time_reminder: { enabled: true, sleep_tool: true } } },
    replies: [[functionCall("sleep", { duration_ms: 10 }, { namespace: "clock" })], ["awake"]],
  },
  "a compaction in a turn": {
    config: { model_auto_compact_token_limit: 100 },
    replies: [[command("true"), usage({ inputTokens: 500 })], ["summary"], ["done"]],
  },
  "a look at an image": { files: { "p.png": PNG }, replies: [[viewImage("p.png")], ["seen"]] },
  "a tool that there is not": { replies: [[functionCall("no_such_tool", {})], ["done"]] },
  "a failed reply": { replies: [["part", failure("server_error", "boom")]] },
  "no quota": { replies: [[failure("insufficient_quota", "no more")]] },
  "HTTP 401": { replies: [[httpError(401, "who?")]] },
  "HTTP 429": { replies: [[httpError(429, "slowly")]] },
  "HTTP 500": { replies: [[httpError(500, "oops")]] },
  "tries that help": {
    retries: 2,
    replies: [[failure("server_error", "once")], [failure("server_error", "twice")], ["ok"]],
  },
  "tries that do not": { retries: 1, replies: [[failure("server_error", "once")], [failure("server_error", "twice")]] },
  "a failure, and on": {
    replies: [[failure("server_error", "boom")], ["ok"], ["third"]],
    async steps(s) {
      const thread = s.start();
      await s.stream(thread);
      await s.stream(thread, "again");
      await s.run(thread, "and again");
    },
  },
  "a run that fails, and on": {
    replies: [[failure("server_error", "boom")], ["ok"]],
    steps: (s) => run(s, "go", "again"),
  },
  "two runs": {
    replies: [["one", COST], ["two", COST]],
    async steps(s) {
      const thread = s.start();
      await s.run(thread, "first");
      await s.stream(thread, "second");
    },
  },
  "a thread by its id": {
    replies: [["one", COST], ["two", COST]],
    async steps(s) {
      const thread = s.start();
      await s.run(thread, "first");
      const resumed = s.resume(thread.id);
      s.note(resumed.id === thread.id);
      await s.stream(resumed, "second");
    },
  },
  "a thread by its id, with another client and other options": {
    replies: [["one", COST], ["two", COST], ["three", COST]],
    async steps(s) {
      const dangerous = { model: "other-model", modelReasoningEffort: "high", sandboxMode: "danger-full-access" };
      const thread = s.start({ ...dangerous, webSearchMode: "live" });
      await s.run(thread, "first");
      await s.stream(s.otherClient().resumeThread(thread.id, s.options()), "second");
      await s.run(thread, "third");
    },
  },
  "a thread by its id, with other options": {
    replies: [["one", COST], ["two", COST], ["three", COST]],
    async steps(s) {
      const thread = s.start({ model: "other-model", modelReasoningEffort: "high", sandboxMode: "danger-full-access" });
      await s.run(thread, "first");
      await s.stream(s.resume(thread.id, { networkAccessEnabled: true, webSearchEnabled: true }), "second");
      await s.run(thread, "third");
    },
  },
  "an image in a thread by its id": {
    files: { "p.png": PNG },
    replies: [["one"], ["seen"]],
    async steps(s) {
      const thread = s.start();
      await s.run(thread, "first");
      const image = { type: "local_image", path: join(s.workspace, "p.png") };
      await s.run(s.resume(thread.id), [{ type: "text", text: "look" }, image]);
    },
  },
  "a schema": { replies: [['{"a":1}']], steps: (s) => s.run(s.start(), "go", { outputSchema: SCHEMA }) },
  "a schema that is not strict": {
    replies: [['{"a":1}']],
    steps: (s) => s.run(s.start(), "go", { outputSchema: { type: "object", properties: { a: {} } } }),
  },
  "images": {
    files: { "p.png": PNG, "sub/q.png": PNG, "no.png": "text" },
    replies: [["seen"], ["seen"], ["seen"]],
    async steps(s) {
      const image = (name) => ({ type: "local_image", path: join(s.workspace, name) });
      const say = (text) => ({ type: "text", text });
      await run(s, [say("one"), image("p.png"), say("two"), image("sub/q.png")], [say("a"), image("gone.png")], [
        image("no.png"),
        say("b"),
      ]);
    },
  },
  "texts": {
    replies: [["ok"], ["ok"], ["ok"]],
    steps: (s) =>
      run(
        s,
        [{ type: "text", text: "a" }, { type: "text", text: "" }, { type: "text", text: " b \n" }],
        "\uFEFFc  \n\n",
        "d\r\ne",
      ),
  },
  "what is refused": {
    async steps(s) {
      for (const outputSchema of [[], null, "x", 3]) await s.rejects(s.start(), "go", { outputSchema });
      for (const input of ["", "  \n", [], [{ type: "text", text: "" }]]) await s.rejects(s.start(), input);
      await s.rejects(s.start({ skipGitRepoCheck: false }));
      await s.rejects(s.start({ workingDirectory: "/nowhere/at/all" }));
      await s.rejects(s.resume("0198f6f0-0000-7000-8000-000000000000"));
      const wrong = [{ a: null }, { a: [1, null] }, { "": 1 }, { a: NaN }, { a: () => 1 }, 3, []];
      for (const config of [...wrong, { model_reasoning_effort: 3 }]) {
        await s.rejects(s.otherClient({ config }).startThread(s.options()));
      }
    },
  },
  "configuration that is unknown": {
    config: { features: { nonsense: true, experimental_use_unified_exec_tool: true }, nonsense_key: 3 },
    replies: [["ok"], ["ok"]],
    async steps(s) {
      const thread = s.start();
      await s.stream(thread);
      await s.stream(thread, "again");
    },
  },
  "overrides": {
    config: { model: "from-config" },
    configOverrides: ['model="from-override"', 'model_reasoning_effort="low"'],
    replies: [["ok"]],
  },
  "options before overrides": {
    config: {
      ...{ model: "from-config", model_reasoning_effort: "low", web_search: "live" },
      sandbox_workspace_write: { network_access: true, writable_roots: ["/opt"] },
    },
    configOverrides: ['sandbox_mode="workspace-write"'],
    options: {
      ...{ model: "from-thread", modelReasoningEffort: "high", webSearchMode: "disabled" },
      ...{ networkAccessEnabled: false, additionalDirectories: ["/srv", "rel/dir", "../up"], threadSource: "user" },
    },
    replies: [["ok"]],
  },
  "web search, on": { options: { webSearchEnabled: true }, replies: [["ok"]] },
  "web search, off": { options: { webSearchEnabled: false }, replies: [["ok"]] },
  "no sandbox": { options: { sandboxMode: "danger-full-access", approvalPolicy: "never" }, replies: [["ok"]] },
  "an approval policy of old": { options: { approvalPolicy: "on-failure" }, replies: [["ok"]] },
  "an abort before": {
    async steps(s) {
      const options = { signal: AbortSignal.abort("why") };
      await s.stream(s.start(), "go", options);
      await s.run(s.start(), "go", options);
    },
  },
  "an abort in a turn": {
    script: (model, gate) => void model.reply(command("true")).reply(gate, "late").reply("after"),
    async steps(s) {
      const controller = new AbortController();
      const thread = s.start();
      const streamed = s.stream(thread, "go", { signal: controller.signal });
      await s.gate.reached;
      controller.abort("why");
      await streamed;
      s.note(typeof thread.id);
      await s.run(thread, "again");
    },
  },
  "a break": {
    replies: [[command("sleep 30; echo late > late.txt")], ["after"]],
    async steps(s) {
      const thread = s.start();
      for await (const { type } of (await thread.runStreamed("go")).events) if (type === "item.started") break;
      await s.run(thread, "again");
    },
  },
  "a command that is left running": {
    replies: [[functionCall("exec_command", { cmd: "sleep 20", yield_time_ms: 300 })], ["left it"]],
  },
  "a command that wants out": {
    options: { approvalPolicy: "on-request" },
    replies: [[command("echo hi", { escalate: true, justification: "why" })], ["ok"]],
  },
};
