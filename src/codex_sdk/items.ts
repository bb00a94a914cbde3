import type { ContentBlock } from "./content_block.ts";

/** A command that the agent runs. */
export type CommandExecutionItem = {
  /** `item_0`, `item_1` ...: counted within one run. The same for all events of an item. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "command_execution";
  /** The command line. */
  command: string;
  /** What it has printed, on stdout and stderr together. */
  aggregated_output: string;
  /** How it ended. While it runs, `codex exec` says `null` here, and so does this. */
  exit_code?: number;
  /** Whether it runs, or how it ended. One that was refused is `declined`, a word that these types do not have. */
  status: "in_progress" | "completed" | "failed";
};

/** Files that the agent changes, together. */
export type FileChangeItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "file_change";
  /** Which files, and what becomes of each. */
  changes: { path: string; kind: "add" | "delete" | "update" }[];
  /** Whether it was done. In `item.started` it is `in_progress`, a word that these types do not have. */
  status: "completed" | "failed";
};

/** A call of a tool of an MCP server. */
export type McpToolCallItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "mcp_tool_call";
  /** The MCP server's name. */
  server: string;
  /** The tool's name. */
  tool: string;
  /** What it is called with. */
  arguments: unknown;
  /** What it returned. `null` until then, or if it failed. */
  result?: { content: ContentBlock[]; _meta?: unknown; structured_content: unknown };
  /** Why it failed; else `null`. */
  error?: { message: string };
  /** Whether it runs, or how it ended. */
  status: "in_progress" | "completed" | "failed";
};

/** What the agent says: words, or JSON if there was a schema for it. */
export type AgentMessageItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "agent_message";
  /** What it says. */
  text: string;
};

/** The summary of what the agent thought. */
export type ReasoningItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "reasoning";
  /** The parts of the summary, a line each. */
  text: string;
};

/** A search of the web. */
export type WebSearchItem = {
  /** The server's own id: not counted as those of other items. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "web_search";
  /** What is searched for. */
  query: string;
};

/** Something worth knowing that ends nothing: a warning. */
export type ErrorItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "error";
  /** The warning. */
  message: string;
};

/** The agent's list of things to do. Completed when the turn is. */
export type TodoListItem = {
  /** As that of a command. */
  id: string;
  /** Tells the kinds of items apart. */
  type: "todo_list";
  /** The steps, in order. */
  items: { text: string; completed: boolean }[];
};

/** What a turn is made of. */
export type ThreadItem =
  | AgentMessageItem
  | ReasoningItem
  | CommandExecutionItem
  | FileChangeItem
  | McpToolCallItem
  | WebSearchItem
  | TodoListItem
  | ErrorItem;
