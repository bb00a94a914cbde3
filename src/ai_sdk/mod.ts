/**
 * The AI SDK (`ai` 6 and 7) on Codex: turns as its UI message stream, a handler for `useChat`, a language model. Imports
 * nothing of the AI SDK.
 *
 * @module
 */
export { toUIMessageStream, type UIMessageStreamOptions } from "./ui_message_stream.ts";
export type { CommandOutput } from "./item_kinds.ts";
export type {
  AgentData,
  CodexDataParts,
  CodexMessageMetadata,
  DataChunk,
  ProviderMetadata,
  ToolInputChunk,
  ToolOutputChunk,
  UIMessageChunk,
} from "./ui_message_chunk.ts";
export { type ChatHandler, createChatHandler } from "./chat_handler.ts";
export type { ChatHandlerOptions, ChatSession } from "./chat_options.ts";
export type { ApprovalDescriptor } from "./questions.ts";
export { type NodeRequest, type NodeResponse, toNodeListener } from "./node_listener.ts";
export { codexModel, type CodexModelSettings } from "./codex_model.ts";
export type {
  Json,
  LanguageModel,
  LanguageModelCall,
  ModelContent,
  ModelFile,
  ModelFinishReason,
  ModelStreamPart,
  ModelToolCall,
  ModelToolResult,
  ModelUsage,
  ModelWarning,
  OfferedTool,
  PromptMessage,
  PromptPart,
  ProviderOptions,
  ToolOutput,
} from "./language_model_v3.ts";
