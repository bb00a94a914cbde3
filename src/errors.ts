/**
 * Every error class of the SDK. Two families: {@linkcode JsonRpcError} and its children came over the wire as the
 * server's answer; all others arose here. Each has a stable `code`.
 *
 * @module
 */
import type { ThreadItem, Turn } from "../gen/mod.ts";
import type { ExitStatus } from "./util/exit_status.ts";
import { unprinted } from "./util/unprinted.ts";
import { visible, visibleData } from "./util/visible.ts";

/** The `code` of every {@linkcode CodexError}, one a class. */
export type CodexErrorCode =
  | "JSON_RPC"
  | "PARSE_ERROR"
  | "INVALID_REQUEST"
  | "THREAD_BUSY"
  | "THREAD_SETTINGS"
  | "ACTIVE_TURN"
  | "METHOD_NOT_FOUND"
  | "INVALID_PARAMS"
  | "INTERNAL_RPC"
  | "SERVER_BUSY"
  | "RETRY_LIMIT_EXCEEDED"
  | "CODEX_NOT_FOUND"
  | "START_FAILED"
  | "NOT_STARTED"
  | "TRANSPORT_CLOSED"
  | "PROTOCOL"
  | "RESPONSE_VALIDATION"
  | "TURN_FAILED"
  | "USAGE_LIMIT"
  | "BUDGET_EXCEEDED"
  | "TIMEOUT"
  | "STREAM_OVERFLOW"
  | "OUTPUT_PARSE"
  | "ROLLOUT_CONFLICT";

/** The classes' names by code: `constructor.name` does not survive a minifier. */
const NAMES: Readonly<Record<CodexErrorCode, string>> = {
  JSON_RPC: "JsonRpcError",
  PARSE_ERROR: "ParseError",
  INVALID_REQUEST: "InvalidRequestError",
  THREAD_BUSY: "ThreadBusyError",
  THREAD_SETTINGS: "ThreadSettingsError",
  ACTIVE_TURN: "ActiveTurnError",
  METHOD_NOT_FOUND: "MethodNotFoundError",
  INVALID_PARAMS: "InvalidParamsError",
  INTERNAL_RPC: "InternalRpcError",
  SERVER_BUSY: "ServerBusyError",
  RETRY_LIMIT_EXCEEDED: "RetryLimitExceededError",
  CODEX_NOT_FOUND: "CodexNotFoundError",
  START_FAILED: "StartError",
  NOT_STARTED: "NotStartedError",
  TRANSPORT_CLOSED: "TransportClosedError",
  PROTOCOL: "ProtocolError",
  RESPONSE_VALIDATION: "ResponseValidationError",
  TURN_FAILED: "TurnFailedError",
  USAGE_LIMIT: "UsageLimitError",
  BUDGET_EXCEEDED: "BudgetExceededError",
  TIMEOUT: "TimeoutError",
  STREAM_OVERFLOW: "StreamOverflowError",
  OUTPUT_PARSE: "OutputParseError",
  ROLLOUT_CONFLICT: "RolloutConflictError",
};

/**
 * The base of every error that this SDK creates. Its message is harmless to print, whatever a server put into it: control
 * characters but line breaks are spelled out, as `\u{1b}`.
 */
export class CodexError extends Error {
  /** The name of the class. */
  override readonly name: string;
  /** Says which class this is, also where `instanceof` does not reach: two copies of the package. */
  readonly code: CodexErrorCode;

  /** Made by the SDK; public for tests. */
  constructor(code: CodexErrorCode, message: string, options?: { readonly cause?: unknown }) {
    // Much of what stands in messages comes from the server, and whoever prints them prints its escape sequences.
    super(visible(message), options);
    this.name = NAMES[code];
    this.code = code;
  }
}

/** One place in a value that did not fit its schema. */
export interface ValidationIssue {
  /** Where, as in `turn.items[3].type`; empty for the value itself. */
  readonly path: string;
  /** What was expected and what was found. */
  readonly message: string;
}

/** What the server's JSON-RPC error said. */
export interface JsonRpcErrorDetails {
  /** The numeric JSON-RPC code. */
  readonly rpcCode: number;
  /** The server's own message. */
  readonly message: string;
  /** The error's `data`, as sent. */
  readonly data?: unknown;
  /** The method that was called. */
  readonly method: string;
}

/** The server answered a request with an error. */
export class JsonRpcError extends CodexError {
  /** The numeric JSON-RPC code, as sent. */
  readonly rpcCode: number;
  /** The error's `data`, as sent. */
  readonly data: unknown;
  /** The method that was called. */
  readonly method: string;

  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails, code: CodexErrorCode = "JSON_RPC", cause?: unknown) {
    super(code, `${details.method}: ${details.message} (${details.rpcCode})`, cause === undefined ? {} : { cause });
    this.rpcCode = details.rpcCode;
    this.data = details.data;
    this.method = details.method;
  }
}

/** -32700: the server could not parse what was sent. */
export class ParseError extends JsonRpcError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails) {
    super(details, "PARSE_ERROR");
  }
}

type InvalidRequestCode = "INVALID_REQUEST" | "THREAD_BUSY" | "ACTIVE_TURN";

/** -32600: the server refused the request; its message says why. */
export class InvalidRequestError extends JsonRpcError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails, code: InvalidRequestCode = "INVALID_REQUEST") {
    super(details, code);
  }
}

/**
 * Another process writes to this thread: one at a time can. It keeps the thread until it calls `thread.release()`, ends,
 * or has left it alone for half an hour. Reading it (`thread/read`, `thread/turns/list`) and forking it work meanwhile.
 */
export class ThreadBusyError extends InvalidRequestError {
  /** The thread that another process holds. */
  readonly threadId: string;

  /** Made by the SDK of what the server said; public for tests. */
  constructor(threadId: string, details: JsonRpcErrorDetails) {
    const advice =
      "Another process on this home has it open: let that one call thread.release() or end, or fork the thread";
    super({ ...details, message: `${details.message}. ${advice}` }, "THREAD_BUSY");
    this.threadId = threadId;
  }
}

/** The server does not know this method. Retrying is useless: the versions of SDK and server differ. */
export class MethodNotFoundError extends JsonRpcError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails) {
    super(details, "METHOD_NOT_FOUND");
  }
}

/** The parameters do not fit the method: found here before anything was sent, or by the server. */
export class InvalidParamsError extends JsonRpcError {
  /** Where the parameters are wrong, if that was found before sending; empty if the server refused them. */
  readonly issues: readonly ValidationIssue[];

  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails, issues: readonly ValidationIssue[] = []) {
    super(details, "INVALID_PARAMS");
    this.issues = issues;
  }
}

/** -32603: the server failed inside. */
export class InternalRpcError extends JsonRpcError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails) {
    super(details, "INTERNAL_RPC");
  }
}

/** The server is overloaded and did nothing. Safe to retry: see `retryOnOverload`. */
export class ServerBusyError extends JsonRpcError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(
    details: JsonRpcErrorDetails,
    code: "SERVER_BUSY" | "RETRY_LIMIT_EXCEEDED" = "SERVER_BUSY",
    cause?: unknown,
  ) {
    super(details, code, cause);
  }
}

/** The server gave up after retries of its own. Not retryable. */
export class RetryLimitExceededError extends ServerBusyError {
  /** Made by the SDK of what the server said; public for tests. */
  constructor(details: JsonRpcErrorDetails) {
    super(details, "RETRY_LIMIT_EXCEEDED");
  }
}

/** No `codex` binary was found. The message lists every place that was tried. */
export class CodexNotFoundError extends CodexError {
  /** Every place that was looked at, in order. */
  readonly tried: readonly string[];

  /** Made by the SDK; public for tests. */
  constructor(message: string, tried: readonly string[], options?: { readonly cause?: unknown }) {
    super("CODEX_NOT_FOUND", message, options);
    this.tried = tried;
  }
}

/** What is known of a process that did not start. */
export interface StartFailure {
  /** How the process ended, if it ran at all. */
  readonly exit?: ExitStatus | undefined;
  /** The last bytes of its stderr. */
  readonly stderrTail?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The server was found but did not get as far as answering `initialize`. */
export class StartError extends CodexError {
  /** How the process ended, or `null` if it never ran or still ran. */
  readonly exit: ExitStatus | null;
  /** The last bytes of its stderr, as text; control characters but line breaks are spelled out. */
  declare readonly stderrTail: string;

  /** Made by the SDK; public for tests. */
  constructor(message: string, failure: StartFailure = {}) {
    super("START_FAILED", message, failure.cause === undefined ? {} : { cause: failure.cause });
    this.exit = failure.exit ?? null;
    unprinted(this, "stderrTail", visible(failure.stderrTail ?? ""));
  }
}

/** Something was read that exists only after the start, such as `codex.metadata`. */
export class NotStartedError extends CodexError {
  /** Made by the SDK; public for tests. */
  constructor(message: string) {
    super("NOT_STARTED", message);
  }
}

/** What is known of a connection that is over. */
export interface ClosedDetails extends StartFailure {
  /** For a turn that was cut off: the items that had been completed until then. */
  readonly items?: readonly ThreadItem[] | undefined;
}

/** The connection is over: closed, crashed or lost. Every later call on it fails with the same facts. */
export class TransportClosedError extends CodexError {
  /** How the server process ended, or `null` if there is none or it was not seen to end. */
  readonly exit: ExitStatus | null;
  /** The last bytes of the server's stderr, as text; control characters but line breaks are spelled out. */
  declare readonly stderrTail: string;
  /** For a turn that was cut off: the items that had been completed until then, in order. Else empty. */
  readonly items: readonly ThreadItem[];

  /** Made by the SDK; public for tests. */
  constructor(message: string, details: ClosedDetails = {}) {
    super("TRANSPORT_CLOSED", message, details.cause === undefined ? {} : { cause: details.cause });
    this.exit = details.exit ?? null;
    unprinted(this, "stderrTail", visible(details.stderrTail ?? ""));
    this.items = details.items ?? [];
  }
}

/** The peer broke the protocol in a way that cannot be passed over, such as a line beyond the limit. */
export class ProtocolError extends CodexError {
  /** Made by the SDK; public for tests. */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("PROTOCOL", message, options);
  }
}

/** The server's answer lacks what the protocol promises (or, with `validation: "strict"`, differs from it at all). */
export class ResponseValidationError extends CodexError {
  /** The method whose answer it was. */
  readonly method: string;
  /** Every place that did not fit. */
  readonly issues: readonly ValidationIssue[];

  /** Made by the SDK; public for tests. */
  constructor(method: string, issues: readonly ValidationIssue[]) {
    const first = issues[0];
    const where = first === undefined ? "" : `: ${first.path === "" ? "" : `${first.path}: `}${first.message}`;
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    super("RESPONSE_VALIDATION", `The server's answer to ${method} does not fit the protocol${where}${more}`);
    this.method = method;
    this.issues = visibleData(issues);
  }
}

/** A turn ended as `failed`. Thrown by `finalResponse`, never by `run()`. */
export class TurnFailedError extends CodexError {
  /** The failed turn, whole; `turn.error.codexErrorInfo` says what kind of failure it was. */
  readonly turn: Turn;

  /** Made by the SDK; public for tests. */
  constructor(turn: Turn, code: "TURN_FAILED" | "USAGE_LIMIT" = "TURN_FAILED") {
    const what = turn.status === "interrupted" ? "was interrupted" : "failed";
    super(code, `Turn ${turn.id} ${what}: ${turn.error?.message ?? "the server gave no reason"}${advice(turn)}`);
    this.turn = turn;
  }
}

/** What to do about a failure that every newcomer meets. */
function advice({ error }: Turn): string {
  const info = error?.codexErrorInfo;
  const status = typeof info === "object" && info !== null && "httpConnectionFailed" in info
    ? info.httpConnectionFailed.httpStatusCode
    : null;
  if (info !== "unauthorized" && status !== 401) return "";
  return ". Log in with `codex login`, or by codex.loginApiKey() or codex.loginChatgpt()";
}

/** Which deadline passed. */
export type TimeoutKind = "start" | "request" | "turn" | "idle" | "login";

/** A deadline passed. `kind` says which. */
export class TimeoutError extends CodexError {
  /** `start`: the handshake; `request`: one call; `turn`: a whole turn; `idle`: silence within a turn; `login`. */
  readonly kind: TimeoutKind;
  /** The deadline, in milliseconds. */
  readonly timeoutMs: number;

  /** Made by the SDK; public for tests. */
  constructor(kind: TimeoutKind, timeoutMs: number, message: string) {
    super("TIMEOUT", message);
    this.kind = kind;
    this.timeoutMs = timeoutMs;
  }
}

/** One stream's reader fell so far behind that its buffer reached the byte limit. Nothing else is affected. */
export class StreamOverflowError extends CodexError {
  /** The limit that was reached, in bytes. */
  readonly limitBytes: number;

  /** Made by the SDK; public for tests. */
  constructor(limitBytes: number, message: string) {
    super("STREAM_OVERFLOW", message);
    this.limitBytes = limitBytes;
  }
}

/** A turn's final message is not what its output schema asked for. The message shows both. */
export class OutputParseError extends CodexError {
  /** The final message, whole, or `null` if the turn has none. */
  readonly text: string | null;
  /** Every place that did not fit. */
  readonly issues: readonly ValidationIssue[];

  /** Made by the SDK; public for tests. */
  constructor(text: string | null, issues: readonly ValidationIssue[], options?: { readonly cause?: unknown }) {
    const shown = text === null ? "" : ` in ${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text)}`;
    const found = issues.map(({ path, message }) => path === "" ? message : `${path}: ${message}`).join("; ");
    super("OUTPUT_PARSE", `The turn's output does not fit its schema: ${found}${shown}`, options);
    this.text = text;
    this.issues = visibleData(issues);
  }
}

/**
 * A thread was saved by somebody else meanwhile: two workers had it at the same time. Nothing was overwritten; this
 * worker's copy stays in its home.
 */
export class RolloutConflictError extends CodexError {
  /** The thread. */
  readonly threadId: string;
  /** The version that could not be saved. */
  readonly version: number;

  /** Made by stores of threads. */
  constructor(threadId: string, version: number, options?: { readonly cause?: unknown }) {
    super(
      "ROLLOUT_CONFLICT",
      `Version ${version} of thread ${threadId} cannot be saved: the store does not hold version ${
        version - 1
      } as its ` +
        "newest, so two workers had this thread at the same time. Let a queue give each thread to one worker at a time",
      options,
    );
    this.threadId = threadId;
    this.version = version;
  }
}
