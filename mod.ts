/**
 * An SDK for `codex app-server`, the JSON-RPC server that runs the Codex coding agent.
 *
 * {@linkcode Codex} is a connection, {@linkcode Thread} a conversation, {@linkcode TurnHandle} one execution of the
 * model within it. What they return are the protocol's own generated types, which live in
 * `@codex-app-server/sdk/protocol`.
 *
 * @example
 * ```ts ignore
 * import { Codex } from "@codex-app-server/sdk";
 *
 * await using codex = await Codex.start();
 * const thread = await codex.threadStart();
 * const turn = await thread.turn("Say hello in one word.");
 * for await (const text of turn.text()) console.log(text);
 * ```
 *
 * @module
 */
export { Codex } from "./src/client/codex.ts";
export type { ServerInfo } from "./src/client/connection/server_info.ts";
export { finalResponse } from "./src/tools/final_response.ts";
export {
  imageInput,
  type Input,
  localImageInput,
  mentionInput,
  skillInput,
  textInput,
} from "./src/client/turn/input.ts";
export type { LoginHandle, PendingLogin } from "./src/client/login.ts";
export type {
  CallOptions,
  CodexOptions,
  ReconnectOptions,
  ReviewOptions,
  SteerOptions,
  StreamOptions,
  ThreadForkOptions,
  ThreadOptions,
  ThreadResumeOptions,
  ThreadsOptions,
  TurnBudget,
  TurnOptions,
} from "./src/client/options.ts";
export { CodexPool } from "./src/client/pool/codex_pool.ts";
export type { CodexPoolOptions, PoolUseOptions } from "./src/client/pool/options.ts";
export { ThreadSettingsError } from "./src/client/thread/settings_error.ts";
export type { EntryOf, PagedMethod } from "./src/client/stream/pages.ts";
export { isRetryableError, retryOnOverload, type RetryOptions } from "./src/client/retry.ts";
export type { Thread, ThreadResponse } from "./src/client/thread/thread.ts";
export type { TurnHandle } from "./src/client/turn/turn_handle.ts";
export type { TurnMessage } from "./src/client/turn/turn_messages.ts";
export {
  type ClosedDetails,
  CodexError,
  type CodexErrorCode,
  CodexNotFoundError,
  InternalRpcError,
  InvalidParamsError,
  InvalidRequestError,
  JsonRpcError,
  type JsonRpcErrorDetails,
  MethodNotFoundError,
  NotStartedError,
  ParseError,
  ProtocolError,
  ResponseValidationError,
  RetryLimitExceededError,
  ServerBusyError,
  StartError,
  type StartFailure,
  StreamOverflowError,
  ThreadBusyError,
  TimeoutError,
  type TimeoutKind,
  TransportClosedError,
  TurnFailedError,
  type ValidationIssue,
} from "./src/errors.ts";
export type { Diagnostic, DiagnosticListener, MessagePart } from "./src/message/diagnostic.ts";
export type { RequestId, SkipReason } from "./src/message/message.ts";
export type { ValidationMode } from "./src/message/validate.ts";
export type { CloseInfo } from "./src/router/closed_error.ts";
export type { Limits } from "./src/router/limits.ts";
export type { ConnectionGap, Notification } from "./src/router/notification.ts";
export type { CodexObserver, ObservedRequest, RequestWatch, ServerRequestOutcome } from "./src/router/observer.ts";
export type {
  Parked,
  Passed,
  PendingServerRequest,
  ServerRequest,
  ServerRequestAnswer,
  ServerRequestContext,
  ServerRequestHandler,
  ServerRequestHandlers,
} from "./src/router/server_request.ts";
export type { LocalThread } from "./src/router/thread_places.ts";
export type { TraceContext } from "./src/router/trace.ts";
export type { RecordingOptions, TranscriptSink } from "./src/transport/recorder.ts";
export { redact } from "./src/transport/redact.ts";
export { recordingTransport } from "./src/transport/recording.ts";
export type { ConfigValue, ServerConfig } from "./src/transport/config_overrides.ts";
export type { SocketTransportOptions } from "./src/transport/socket_options.ts";
export type { StdioOptions } from "./src/transport/stdio.ts";
export { stdioTransport } from "./src/transport/stdio_transport.ts";
export type { TranscriptEntry } from "./src/transport/transcript.ts";
export type {
  LocalServer,
  Transport,
  TransportContext,
  TransportEnd,
  TransportFactory,
} from "./src/transport/transport.ts";
export { type UnixSocketOptions, unixSocketTransport } from "./src/transport/unix_socket.ts";
export { type WebsocketOptions, websocketTransport } from "./src/transport/websocket.ts";
export type { ExitStatus } from "./src/util/exit_status.ts";
export {
  ActiveTurnError,
  type BudgetDetails,
  BudgetExceededError,
  UsageLimitError,
  type Work,
  type WorkKind,
} from "./src/util/turn_errors.ts";
export { VERSION } from "./src/version.ts";
