/**
 * The test kit: the real `codex app-server` against a model whose every reply the test writes, or a scripted server
 * in memory.
 *
 * @module
 */
export type { RawError } from "../message/message.ts";
export { type MemoryTransportOptions, memoryTransportPair } from "../transport/memory.ts";
export { parseTranscript, type TranscriptEntry } from "../transport/transcript.ts";
export { type RecordingOptions, type TranscriptSink } from "../transport/recorder.ts";
export { recordingTransport } from "../transport/recording.ts";
export { type ReplayOptions, type ReplayTransport, replayTransport } from "../transport/replay.ts";
export { type AppServer, type AppServerOptions, startAppServer, withAppServer } from "./app_server.ts";
export { item, type ItemOf, type ItemType, notification, serverRequestParams, turn } from "./builders.ts";
export { type CodexHome, codexHome, type CodexHomeOptions } from "./codex_home.ts";
export { type DemoModel, demoModel } from "./demo_model.ts";
export {
  type ByteFaults,
  chaos,
  type ChaosOptions,
  type Fault,
  type FaultRule,
  type OutgoingMessage,
} from "./faults.ts";
export { Gate, type Pause } from "./gate.ts";
export { assertMatches, assertNotifications, MatchError, type NotificationPattern, type Pattern } from "./matchers.ts";
export {
  applyPatch,
  command,
  type CommandOptions,
  delay,
  failure,
  functionCall,
  type FunctionCallOptions,
  hangUp,
  httpError,
  message,
  rawEvents,
  reasoning,
  usage,
  viewImage,
  webSearch,
} from "./model_reply.ts";
export { type ModelInputItem, ModelRequest, type ModelRequestBody, type ModelTool } from "./model_request.ts";
export type { ModelScript, ReplyMaker, RequestMatcher } from "./model_script.ts";
export { type Random, withSeed } from "./random.ts";
export type { EventsStep, IdSource, ModelEvent, ModelUsage, ReplyStep } from "./reply_step.ts";
export { type PartialDeep, sample } from "./sample.ts";
export { ScriptError } from "./script_check.ts";
export { type ReceivedMessage, ScriptedAppServer, type ScriptedAppServerOptions } from "./scripted_app_server.ts";
export { ClientRefusal, type DeathOptions, ScriptedConnection } from "./scripted_connection.ts";
export { type ModelListener, ScriptedModel } from "./scripted_model.ts";
export { scriptCommand, serveStdio, type ServeStdioOptions } from "./serve_stdio.ts";
export type { RequestContext, RequestScript } from "./server_script.ts";
export type { ByteSink } from "./server_wire.ts";
export { ScriptedTurn, scriptTurns, type TurnEnd, type TurnScript } from "./turn_script.ts";
