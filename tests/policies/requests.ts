import type { ServerRequestMethod, ServerRequestParamsOf } from "@codex-app-server/sdk/protocol";

const ids = { threadId: "thread-1", turnId: "turn-1", itemId: "item-1", startedAtMs: 1_795_336_613_468 };

/** One valid request of each kind, as the server sends them. */
export const REQUESTS: { readonly [M in ServerRequestMethod]: ServerRequestParamsOf<M> } = {
  "item/commandExecution/requestApproval": {
    ...ids,
    kind: "command",
    environmentId: "local",
    reason: "look",
    command: "/bin/bash -lc 'cat a.txt'",
    cwd: "/repo",
    commandActions: [{ type: "read", command: "cat a.txt", name: "a.txt", path: "/repo/a.txt" }],
    proposedExecpolicyAmendment: ["cat", "a.txt"],
    availableDecisions: ["accept", { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat"] } }, "cancel"],
  },
  "item/fileChange/requestApproval": { ...ids, reason: null, grantRoot: null },
  "item/permissions/requestApproval": {
    ...ids,
    environmentId: "local",
    cwd: "/repo",
    reason: "why",
    permissions: { network: { enabled: true }, fileSystem: null },
  },
  "item/tool/requestUserInput": {
    threadId: ids.threadId,
    turnId: ids.turnId,
    itemId: ids.itemId,
    isBlocking: true,
    autoResolutionMs: null,
    questions: [{
      id: "q1",
      header: "H",
      question: "Which?",
      isOther: true,
      isSecret: false,
      options: [{ label: "A", description: "a" }],
    }],
  },
  "mcpServer/elicitation/request": {
    threadId: ids.threadId,
    turnId: ids.turnId,
    serverName: "files",
    mode: "form",
    _meta: { codex_approval_kind: "mcp_tool_call", persist: ["session", "always"], tool_name: "ask" },
    message: 'Allow the files MCP server to run tool "ask"?',
    requestedSchema: { type: "object", properties: {} },
  },
  "item/tool/call": {
    threadId: ids.threadId,
    turnId: ids.turnId,
    callId: "call-1",
    namespace: null,
    tool: "weather",
    arguments: { city: "Oslo" },
  },
  "currentTime/read": { threadId: ids.threadId },
  execCommandApproval: {
    conversationId: ids.threadId,
    callId: "call-1",
    approvalId: null,
    command: ["bash", "-lc", "cat a.txt"],
    cwd: "/repo",
    parsedCmd: [{ type: "read", cmd: "cat a.txt", name: "a.txt", path: "/repo/a.txt" }],
    reason: null,
  },
  applyPatchApproval: {
    conversationId: ids.threadId,
    callId: "call-1",
    fileChanges: { "/repo/a.txt": { type: "update", unified_diff: "", move_path: "/repo/b.txt" } },
    grantRoot: null,
    reason: null,
  },
  "account/chatgptAuthTokens/refresh": { reason: "unauthorized", previousAccountId: null },
  "attestation/generate": {},
};
