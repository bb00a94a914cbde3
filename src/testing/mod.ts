/**
 * The test kit: the real `codex app-server` against a model whose every reply the test writes, or a scripted server
 * in memory.
 *
 * @module
 */
export { type MemoryTransportOptions, memoryTransportPair } from "../transport/memory.ts";
export { type CodexHome, codexHome, type CodexHomeOptions } from "./codex_home.ts";
export { Gate, type Pause } from "./gate.ts";
export {
  applyPatch,
  command,
  type CommandOptions,
  delay,
  type EventsStep,
  failure,
  functionCall,
  type FunctionCallOptions,
  hangUp,
  httpError,
  type IdSource,
  message,
  type ModelEvent,
  type ModelUsage,
  rawEvents,
  reasoning,
  type ReplyStep,
  usage,
} from "./model_reply.ts";
export { type ModelInputItem, ModelRequest, type ModelRequestBody } from "./model_request.ts";
export {
  type ModelListener,
  type ModelScript,
  type ReplyMaker,
  type RequestMatcher,
  ScriptedModel,
} from "./scripted_model.ts";
