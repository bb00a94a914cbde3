/**
 * Which file of `gen/` a definition lives in.
 *
 * The domains stand in layers: a file refers to files above it in this list, never below, so `gen/` has no import
 * cycles. What a method needs lives in the method's domain; what several domains need lives in the topmost of them;
 * `pinned` lifts the few types that a reader would look for somewhere else.
 *
 * @module
 */

/** One file of `gen/`. */
export interface Domain {
  readonly name: string;
  readonly docs: string;
  /** Methods that begin with one of these, at a `/` or the end. The longest match over all domains wins. */
  readonly methods?: readonly string[];
  /** Definitions that live here, or above, whoever needs them. */
  readonly pinned?: RegExp;
}

/** Every domain, from the ground up. */
export const DOMAINS: readonly Domain[] = [
  {
    name: "common",
    docs: "What all parts of the protocol share: paths, ids, JSON-RPC itself.",
    pinned:
      /^(AbsolutePathBuf|LegacyAppPathString|PathUri|RequestId|SortDirection|JSONRPC.*|W3cTraceContext|ThreadId)$/,
  },
  {
    name: "connection",
    docs: "The connection: `initialize`, warnings, the server's own state.",
    methods: [
      "initialize",
      "server",
      "serverRequest",
      "warning",
      "guardianWarning",
      "configWarning",
      "deprecationNotice",
    ],
  },
  {
    name: "permissions",
    docs: "Sandboxes, approval policies and permission profiles.",
    methods: ["permissionProfile"],
    pinned:
      /^(AskForApproval|SandboxPolicy|SandboxMode|ApprovalsReviewer|RequestPermissionProfile|NetworkPolicyAmendment)$/,
  },
  {
    name: "model",
    docs: "Models, their providers and settings.",
    methods: ["model", "modelProvider", "collaborationMode"],
    pinned:
      /^(ReasoningEffort|ReasoningSummary|Personality|Verbosity|CollaborationMode|MultiAgentMode|ModelProviderError)$/,
  },
  {
    name: "response_item",
    docs: "Items of the Responses API, as the model sees and writes them.",
    pinned: /^(ResponseItem|ContentItem|RawResponse.*|ResponseUsageMetadata)$/,
  },
  {
    name: "item",
    docs: "Thread items: messages, commands, file changes, tool calls; and the notifications that stream them.",
    methods: ["item"],
    pinned: /^(ThreadItem|UserInput)$/,
  },
  { name: "turn", docs: "Turns: one user input and all that the agent does about it.", methods: ["turn", "error"] },
  {
    name: "review",
    docs: "Reviews, and the automatic reviews of approvals.",
    methods: ["review", "autoApprovalReview", "item/autoApprovalReview", "thread/guardianReview"],
    pinned: /^Guardian/,
  },
  {
    name: "thread",
    docs: "Threads: start, resume, fork, settings, and what is told about them.",
    methods: ["thread"],
  },
  {
    name: "thread_list",
    docs: "Threads as they are stored: list, search, read, their turns and items.",
    methods: [
      "thread/items",
      "thread/list",
      "thread/loaded",
      "thread/read",
      "thread/search",
      "thread/searchOccurrences",
      "thread/turns",
    ],
  },
  {
    name: "thread_work",
    docs: "What hangs on a thread: goals, queues, attachments, predictions, background terminals, sections.",
    methods: [
      "thread/attachment",
      "thread/attachmentOwner",
      "thread/backgroundTerminals",
      "thread/goal",
      "thread/memory",
      "thread/prediction",
      "thread/queue",
      "thread/section",
      "threadSection",
    ],
  },
  {
    name: "realtime",
    docs: "Realtime voice sessions of a thread, and its timeline.",
    methods: ["thread/realtime", "thread/timeline"],
  },
  {
    name: "approval",
    docs: "What the server asks of the client: approvals, user input, dynamic tool calls.",
    methods: [
      "item/commandExecution/requestApproval",
      "item/fileChange/requestApproval",
      "item/permissions/requestApproval",
      "item/tool",
      "applyPatchApproval",
      "execCommandApproval",
      "attestation",
      "currentTime",
    ],
  },
  {
    name: "mcp",
    docs: "MCP servers: status, tools, resources, login, elicitation.",
    methods: ["mcpServer", "mcpServerStatus", "config/mcpServer"],
  },
  {
    name: "account",
    docs: "Accounts: login, rate limits, usage, sessions, user verification.",
    methods: ["account", "accountSession", "userVerification"],
    pinned: /^UserVerification/,
  },
  { name: "skill", docs: "Skills and hooks.", methods: ["skills", "hook", "hooks"] },
  { name: "app", docs: "Apps (connectors).", methods: ["app"] },
  { name: "plugin", docs: "Plugins and their marketplaces.", methods: ["plugin", "marketplace"] },
  {
    name: "config",
    docs: "The configuration, its layers and requirements.",
    methods: ["config", "configRequirements", "experimentalFeature"],
    pinned: /^App.*Config$/,
  },
  { name: "project", docs: "Projects.", methods: ["project", "thread/project"] },
  {
    name: "host",
    docs: "The server's machine outside of any turn: commands, processes, environments, files.",
    methods: ["command", "environment", "fs", "fuzzyFileSearch", "process"],
  },
  {
    name: "external_agent",
    docs: "Import of the configuration and sessions of other agents.",
    methods: ["externalAgentConfig"],
  },
  {
    name: "system",
    docs: "The rest: feedback, memory, remote control, rollouts, Windows.",
    methods: ["feedback", "memory", "mock", "remoteControl", "rollout", "windows", "windowsSandbox"],
  },
];
