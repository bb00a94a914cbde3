import type { ThreadItem, ThreadTokenUsage, TurnPlanStep, TurnStatus } from "../../gen/mod.ts";

/** What the AI SDK takes as additional data of a provider. */
export type ProviderMetadata = {
  [provider: string]: { [name: string]: string | number | boolean | null };
};

/** What every message of the assistant carries as `message.metadata`. */
export interface CodexMessageMetadata {
  /** The thread. A page that sends it along goes on with this thread, also when its server was started anew. */
  threadId: string;
  /** The turn, whose id is the message's own. */
  turnId: string;
  /** How the turn stands. */
  status: TurnStatus;
}

/** What a sub-agent does: `data-agent`, by the id of its thread. */
export interface AgentData {
  /** The thread of the sub-agent. */
  threadId: string;
  /** The thread that it works for. `null` if that is not known yet. */
  parentThreadId: string | null;
  /** What it is called, if it has a name. */
  name: string | null;
  /** How its turn stands. */
  status: TurnStatus;
  /** The kind of the item that it works on, if it is at work. */
  activity: ThreadItem["type"] | null;
  /** How many items it has completed. */
  items: number;
  /** The last that it said; no more than its first 2,000 characters. */
  message: string | null;
}

/** The data of each `data-*` part, by the name behind `data-`. A part that comes again replaces the one of its id. */
export type CodexDataParts = {
  /** The agent's plan. */
  plan: { explanation: string | null; plan: TurnPlanStep[] };
  /** The tokens used so far. */
  usage: ThreadTokenUsage;
  /** All changes of the turn as one unified diff; its end is left out if it is very long: `omitted` characters. */
  diff: { diff: string; omitted: number };
  /** A sub-agent. */
  agent: AgentData;
  /** An item of the protocol that is no text, no thought and no tool. */
  item: ThreadItem;
  /** Events may be missing: the connection to the server was lost. */
  gap: Record<string, never>;
  /** Of what is shown again after a reload, the oldest parts are no longer there: so many of them. */
  dropped: { parts: number };
};

/** A `data-*` chunk. */
export type DataChunk = {
  [K in keyof CodexDataParts]: {
    type: `data-${K}`;
    id: string;
    data: CodexDataParts[K];
  };
}[keyof CodexDataParts];

/**
 * A piece of the AI SDK's UI message stream: those that this SDK sends, in the form that `ai` 6 and 7 read. Assignable to
 * their `UIMessageChunk`.
 */
export type UIMessageChunk =
  | { type: "start"; messageId: string; messageMetadata: CodexMessageMetadata }
  | { type: "start-step" }
  | { type: "finish-step" }
  | {
    type: "finish";
    finishReason: "stop" | "error" | "other";
    messageMetadata: CodexMessageMetadata;
  }
  | { type: "error"; errorText: string }
  | { type: "text-start" | "text-end"; id: string; providerMetadata?: ProviderMetadata }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "reasoning-start" | "reasoning-end"; id: string; providerMetadata?: ProviderMetadata }
  | { type: "reasoning-delta"; id: string; delta: string }
  | ToolInputChunk
  | {
    type: "tool-approval-request";
    approvalId: string;
    toolCallId: string;
    approvalDescriptor: unknown;
    reason?: string;
  }
  | ToolOutputChunk
  | {
    type: "tool-output-error";
    toolCallId: string;
    errorText: string;
    dynamic: true;
    providerExecuted?: true;
  }
  | { type: "tool-output-denied"; toolCallId: string }
  | { type: "file"; url: string; mediaType: string }
  | DataChunk;

/** A tool is called. */
export interface ToolInputChunk {
  /** Which chunk it is. */
  type: "tool-input-available";
  /** The call. */
  toolCallId: string;
  /** The kind of the item, such as `commandExecution`. */
  toolName: string;
  /** What the tool is called with. */
  input: unknown;
  /** All tools are unknown to the AI SDK. */
  dynamic: true;
  /** Absent where the page has to answer. */
  providerExecuted?: true;
  /** What to call it on a screen. */
  title?: string;
}

/** What a tool gave. */
export interface ToolOutputChunk {
  /** Which chunk it is. */
  type: "tool-output-available";
  /** The call. */
  toolCallId: string;
  /** All of its output so far. */
  output: unknown;
  /** More is to come, and replaces this. */
  preliminary?: true;
  /** All tools are unknown to the AI SDK. */
  dynamic: true;
  /** Absent where the page has answered. */
  providerExecuted?: true;
}
