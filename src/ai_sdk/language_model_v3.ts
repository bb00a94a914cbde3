/**
 * The language model interface of the AI SDK, version 3, which `ai` 6 has and `ai` 7 takes: as much of it as is used
 * here. Assignable to and from their own types, and written by hand so that nobody needs them.
 *
 * @module
 */
import type { ProviderMetadata } from "./ui_message_chunk.ts";

/** Any value that JSON can carry. */
export type Json = null | string | number | boolean | Json[] | { [name: string]: Json | undefined };

/** What comes along for one provider or another. */
export type ProviderOptions = { readonly [provider: string]: { readonly [name: string]: unknown } };

/** A part of a message of the prompt. */
export type PromptPart =
  | { type: "text" | "reasoning"; text: string; providerOptions?: ProviderOptions }
  | { type: "file"; data: Uint8Array | string | URL; mediaType: string; providerOptions?: ProviderOptions }
  | { type: "tool-call"; toolCallId: string; toolName: string; input: unknown; providerOptions?: ProviderOptions }
  | { type: "tool-result"; toolCallId: string; toolName: string; output: ToolOutput; providerOptions?: ProviderOptions }
  | { type: "tool-approval-response"; approvalId: string; approved: boolean };

/** What a tool gave. */
export type ToolOutput =
  | { type: "text" | "error-text"; value: string }
  | { type: "json" | "error-json"; value: unknown }
  | { type: "execution-denied"; reason?: string }
  | { type: "content"; value: { type: string; text?: string; data?: unknown; mediaType?: string }[] };

/** A message of the prompt. */
export type PromptMessage =
  | { role: "system"; content: string; providerOptions?: ProviderOptions }
  | { role: "user" | "assistant" | "tool"; content: PromptPart[]; providerOptions?: ProviderOptions };

/** A tool that a call offers. */
export type OfferedTool =
  | { type: "function"; name: string; description?: string; inputSchema: unknown }
  | { type: "provider"; id: string; name: string; args: { [name: string]: unknown } };

/** What a model is called with. */
export interface LanguageModelCall {
  /** The conversation so far, and what is new. */
  prompt: PromptMessage[];
  /** Tools that the caller runs. */
  tools?: OfferedTool[];
  /** Which of them are to be used. */
  toolChoice?: { type: "auto" | "none" | "required" } | { type: "tool"; toolName: string };
  /** What the answer is to look like. */
  responseFormat?: { type: "text" } | { type: "json"; schema?: object; name?: string; description?: string };
  /** Ends the call. */
  abortSignal?: AbortSignal;
  /** `codex: { threadId }` goes on with a thread. */
  providerOptions?: ProviderOptions;
  /** No setting of Codex: warned of. */
  maxOutputTokens?: number;
  /** No setting of Codex: warned of. */
  temperature?: number;
  /** No setting of Codex: warned of. */
  stopSequences?: string[];
  /** No setting of Codex: warned of. */
  topP?: number;
  /** No setting of Codex: warned of. */
  topK?: number;
  /** No setting of Codex: warned of. */
  presencePenalty?: number;
  /** No setting of Codex: warned of. */
  frequencyPenalty?: number;
  /** No setting of Codex: warned of. */
  seed?: number;
}

/** What is said of a call beside its answer. */
export type ModelWarning =
  | { type: "unsupported"; feature: string; details?: string }
  | { type: "other"; message: string };

/** Tokens: input with what came from the cache, output with what was reasoning. */
export interface ModelUsage {
  /** What the model was given. */
  inputTokens: {
    total: number | undefined;
    noCache: number | undefined;
    cacheRead: number | undefined;
    cacheWrite: number | undefined;
  };
  /** What it gave. */
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined };
}

/** Why the answer ends: `tool-calls` waits for the results of tools; `raw` is the status of the turn. */
export interface ModelFinishReason {
  /** In the AI SDK's words. */
  unified: "stop" | "tool-calls" | "error" | "other";
  /** In the protocol's. */
  raw: string | undefined;
}

/** A tool is called: by the agent itself if `providerExecuted`, else the caller is to run it. */
export interface ModelToolCall {
  /** Which part it is. */
  type: "tool-call";
  /** The call. */
  toolCallId: string;
  /** The tool; of what the agent does itself, the kind of the item. */
  toolName: string;
  /** JSON. */
  input: string;
  /** Whether the agent has run it. */
  providerExecuted?: true;
  /** Whether the AI SDK does not know the tool. */
  dynamic?: true;
  /** `codex: { threadId, turnId }`. */
  providerMetadata: ProviderMetadata;
}

/** What a tool of the agent gave. */
export interface ModelToolResult {
  /** Which part it is. */
  type: "tool-result";
  /** The call. */
  toolCallId: string;
  /** The kind of the item. */
  toolName: string;
  /** All of its output so far. */
  result: Exclude<Json, null>;
  /** Whether it failed. */
  isError?: true;
  /** More is to come, and replaces this. */
  preliminary?: true;
  /** The AI SDK does not know the tool. */
  dynamic: true;
}

/** A file that the agent has made. */
export interface ModelFile {
  /** Which part it is. */
  type: "file";
  /** Such as `image/png`. */
  mediaType: string;
  /** In base64. */
  data: string;
}

/** A part of a streamed answer. */
export type ModelStreamPart =
  | { type: "stream-start"; warnings: ModelWarning[] }
  | { type: "response-metadata"; id: string; modelId: string }
  | {
    type: "text-start" | "text-end" | "reasoning-start" | "reasoning-end";
    id: string;
    providerMetadata?: ProviderMetadata;
  }
  | { type: "text-delta" | "reasoning-delta"; id: string; delta: string }
  | ModelToolCall
  | ModelToolResult
  | ModelFile
  | { type: "error"; error: unknown }
  | { type: "finish"; usage: ModelUsage; finishReason: ModelFinishReason; providerMetadata: ProviderMetadata };

/** A part of a whole answer. */
export type ModelContent =
  | { type: "text" | "reasoning"; text: string; providerMetadata: ProviderMetadata }
  | ModelToolCall
  | ModelToolResult
  | ModelFile;

/** A model as the AI SDK takes it. */
export interface LanguageModel {
  /** The version of the interface. */
  readonly specificationVersion: "v3";
  /** `codex`. */
  readonly provider: string;
  /** Which model. */
  readonly modelId: string;
  /** None: files are sent as data. */
  readonly supportedUrls: Record<string, RegExp[]>;
  /** Answers whole. */
  doGenerate(call: LanguageModelCall): Promise<{
    content: ModelContent[];
    finishReason: ModelFinishReason;
    usage: ModelUsage;
    providerMetadata: ProviderMetadata;
    response: { id: string; modelId: string };
    warnings: ModelWarning[];
  }>;
  /** Answers as it comes. */
  doStream(call: LanguageModelCall): Promise<{ stream: ReadableStream<ModelStreamPart> }>;
}
