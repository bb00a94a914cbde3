/**
 * The API of `@openai/codex-sdk`, over the app-server: change the import, and nothing else.
 *
 * Its names, types, events and results are those of `@openai/codex-sdk` 0.163; what is not the same, and why, stands in
 * docs/migrating.md. What it cannot do is one step away: `codex.native` and `thread.native`.
 *
 * @module
 */
export { Codex } from "./codex.ts";
export type {
  ContentAnnotations,
  ContentBlock,
  ContentExtras,
  ContentIcon,
  ResourceContents,
} from "./content_block.ts";
export type {
  ItemCompletedEvent,
  ItemStartedEvent,
  ItemUpdatedEvent,
  ThreadError,
  ThreadErrorEvent,
  ThreadEvent,
  ThreadStartedEvent,
  TurnCompletedEvent,
  TurnFailedEvent,
  TurnStartedEvent,
  Usage,
} from "./events.ts";
export type {
  AgentMessageItem,
  CommandExecutionItem,
  ErrorItem,
  FileChangeItem,
  McpToolCallItem,
  ReasoningItem,
  ThreadItem,
  TodoListItem,
  WebSearchItem,
} from "./items.ts";
export type {
  ApprovalMode,
  CodexConfigObject,
  CodexConfigValue,
  CodexOptions,
  CyberAccessProgram,
  Input,
  ModelReasoningEffort,
  RunResult,
  RunStreamedResult,
  SandboxMode,
  ThreadOptions,
  TurnOptions,
  UserInput,
  WebSearchMode,
} from "./options.ts";
export { Thread } from "./thread.ts";
