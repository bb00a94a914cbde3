/**
 * The checks of the client's options: a line for each, or their types do not compile. See `util/options.ts`.
 *
 * @module
 */
import type { TurnStartParams } from "../../gen/mod.ts";
import { InvalidParamsError } from "../errors.ts";
import { loadProtocol } from "../message/protocol.ts";
import { paramNames } from "../message/param_names.ts";
import { COMMAND_LINE, STDIO_OPTIONS } from "../transport/stdio.ts";
import { LIMIT_CHECKS } from "../router/limits.ts";
import { HANDLER_CHECKS } from "../router/refusals.ts";
import { traceContext } from "../router/trace.ts";
import {
  abortSignal,
  anything,
  atLeast,
  callback,
  type Check,
  checkAlone,
  checkOptions,
  flag,
  integer,
  listOf,
  objectWith,
  oneOf,
  type OptionChecks,
  type OptionHints,
  options,
  text,
  wrong,
} from "../util/options.ts";
import type {
  CallOptions,
  CodexOptions,
  ReconnectOptions,
  ReviewOptions,
  SteerOptions,
  StreamOptions,
  ThreadOptions,
  ThreadsOptions,
  TurnBudget,
  TurnOptions,
} from "./options.ts";

const RECONNECT_OPTIONS: OptionChecks<ReconnectOptions> = {
  maxAttempts: integer(0),
  initialDelayMs: atLeast(0),
  maxDelayMs: atLeast(0),
};

const CODEX_OPTIONS: OptionChecks<CodexOptions> = {
  codexBin: STDIO_OPTIONS.codexBin,
  locateFrom: STDIO_OPTIONS.locateFrom,
  launchArgsOverride: STDIO_OPTIONS.launchArgsOverride,
  apiKey: headerValue,
  baseUrl: httpUrl,
  config: STDIO_OPTIONS.config,
  configOverrides: STDIO_OPTIONS.configOverrides,
  cwd: STDIO_OPTIONS.cwd,
  env: STDIO_OPTIONS.env,
  inheritEnv: STDIO_OPTIONS.inheritEnv,
  clientName: text,
  clientTitle: text,
  clientVersion: text,
  experimentalApi: flag,
  optOutNotificationMethods: listOf("a list of methods", text),
  transport: (value, what) => {
    if (typeof value !== "function") {
      objectWith("a Transport, or a function that opens one", "readable", "writable", "close")(value, what);
    }
  },
  connect: oneOf("spawn", "daemon"),
  reconnect: (value, what) => {
    if (typeof value !== "boolean") options(RECONNECT_OPTIONS)(value, what);
  },
  handlers: options(HANDLER_CHECKS),
  serverRequestTimeoutMs: atLeast(0),
  traceContext: callback,
  validation: oneOf("tolerant", "strict", "off"),
  maxConcurrentTurns: integer(1),
  limits: options(LIMIT_CHECKS),
  onDiagnostic: callback,
  onStderr: callback,
  signal: abortSignal,
};

/** What can stand as a secret in a header. */
function headerValue(value: unknown, what: string): void {
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return;
  throw wrong(what, "a string without spaces, line breaks and the like (was it read from a file?)", value);
}

/** An address for the command line, where user and password would be seen. */
function httpUrl(value: unknown, what: string): void {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw wrong(what, "an address such as https://gateway.example/v1", value);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong(what, "an address without user and password, which the command line would show", value);
  }
}

/** What only a server of one's own can be given. */
const OWN_SERVER: readonly (keyof CodexOptions)[] = [
  "codexBin",
  "locateFrom",
  "launchArgsOverride",
  "baseUrl",
  "config",
  "configOverrides",
  "cwd",
  "env",
  "inheritEnv",
  "onStderr",
];

const OF_A_THREAD = "the params of threadStart, or of a turn";
const OF_A_TURN = "the options of a turn: thread.run(input, options)";

const CODEX_HINTS: OptionHints = {
  instead: "The path of a binary is the option codexBin, a connection the option transport",
  elsewhere: {
    codexPathOverride: "codexBin",
    codexHome: "env: { CODEX_HOME: ... }",
    timeout: "limits.requestTimeoutMs, or timeoutMs of a call or turn",
    timeoutMs: "limits.requestTimeoutMs, or timeoutMs of a call or turn",
    workingDirectory: "cwd",
    tools: "tools of the thread: threadStart(params, { tools })",
    model: OF_A_THREAD,
    sandbox: OF_A_THREAD,
    sandboxMode: OF_A_THREAD,
    approvalPolicy: OF_A_THREAD,
    baseInstructions: OF_A_THREAD,
    developerInstructions: OF_A_THREAD,
    ephemeral: OF_A_THREAD,
    sandboxPolicy: OF_A_TURN,
    effort: OF_A_TURN,
    outputSchema: OF_A_TURN,
    idleTimeoutMs: OF_A_TURN,
    budget: OF_A_TURN,
    readable: "the option transport: new Codex({ transport })",
    writable: "the option transport: new Codex({ transport })",
  },
};

/**
 * Checks the options of a client.
 *
 * @throws {TypeError} If there is no such option, it is of the wrong type, or two do not go together.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkCodexOptions(given: CodexOptions, where: string = "new Codex"): void {
  checkOptions(where, given, CODEX_OPTIONS, CODEX_HINTS);
  checkAlone(where, given, "transport", OWN_SERVER, "they are for a server that is started here, and none is");
  if (given.connect === "daemon") {
    const own = ["transport", "apiKey", "baseUrl", "config", "configOverrides", "launchArgsOverride"];
    checkAlone(where, given, "connect", own, "the daemon runs already, with a configuration and a login of its own");
  }
  if (given.reconnect !== undefined && given.reconnect !== false && typeof given.transport === "object") {
    throw new TypeError("reconnect needs a transport that can be opened again: pass a function that opens one");
  }
  const [whole, parts, because] = COMMAND_LINE;
  checkAlone(where, given, whole, [...parts, "baseUrl"], because);
  if (given.baseUrl !== undefined && given.config?.["openai_base_url"] !== undefined) {
    throw new TypeError(`${where}: the options baseUrl and config.openai_base_url are the same. Leave one out`);
  }
}

const CALL_OPTIONS: OptionChecks<CallOptions> = {
  signal: abortSignal,
  timeoutMs: atLeast(0),
  trace: traceContext,
};

const STREAM_OPTIONS: OptionChecks<StreamOptions> = { agents: flag };

const THREAD_OPTIONS: OptionChecks<ThreadOptions> = {
  ...CALL_OPTIONS,
  handlers: options(HANDLER_CHECKS),
  tools: listOf("a list of tools", objectWith("a tool, made by tool() or toolNamespace()", "type", "name")),
};

/**
 * Checks the options of one call. Returns a promise only if it is to reject: then the protocol is loaded first, to say of
 * names that are params of the method that they belong there.
 *
 * @throws {TypeError} If there is no such option, or it is of the wrong type.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkCall(method: string, given: CallOptions | undefined): undefined | Promise<void> {
  return checkOf(method, method, given, CALL_OPTIONS);
}

/** Checks what a thread is opened with beside its params. `where` is the name of the call. */
export function checkThread(method: string, where: string, given: ThreadOptions): undefined | Promise<void> {
  return checkOf(method, where, given, THREAD_OPTIONS);
}

function checkOf(
  method: string,
  where: string,
  given: object | undefined,
  checks: Readonly<Record<string, Check>>,
): undefined | Promise<void> {
  if (given === undefined) return;
  if (typeof given !== "object" || Object.keys(given ?? {}).every((name) => Object.hasOwn(checks, name))) {
    checkOptions(where, given, checks);
    return;
  }
  return loadProtocol().then(() => {
    const elsewhere = Object.fromEntries(
      paramNames(method).map((name) => [name, "the argument before: it is a param"]),
    );
    checkOptions(where, given, checks, { elsewhere });
  });
}

/** Checks the options of an interrupt. */
export function checkInterrupt(given: Omit<CallOptions, "trace">): void {
  const { signal, timeoutMs } = CALL_OPTIONS;
  checkOptions("interrupt", given, { signal, timeoutMs });
}

/** Checks the options of a turn's stream. */
export function checkStream(given: StreamOptions): void {
  checkOptions("stream", given, STREAM_OPTIONS);
}

/** Checks the options of a list of threads. */
export function checkThreads(given: ThreadsOptions | undefined): void {
  if (given !== undefined) checkOptions("threads", given, { ...CALL_OPTIONS, agents: flag });
}

/** Of names that people give to a thread, what is to be used instead. */
const THREAD_PARAMS_ELSEWHERE: Readonly<Record<string, string>> = {
  sandboxPolicy: 'sandbox, such as "read-only"',
  sandboxMode: "sandbox",
  workingDirectory: "cwd",
  modelReasoningEffort: "effort of a turn: thread.run(input, { effort })",
  reasoningEffort: "effort of a turn: thread.run(input, { effort })",
};

/** The methods that open a thread. */
const OPENS_THREAD = /^thread\/(?:start|resume|fork)$/;

/**
 * The error of params of which some belong elsewhere: to the options of the call, to a turn, to the client; `undefined` if
 * none does. The protocol's own check has found them.
 */
export function misplaced(where: string, error: unknown): TypeError | undefined {
  if (!(error instanceof InvalidParamsError)) return undefined;
  for (const { path, message } of error.issues) {
    if (!/^Unknown key/.test(message)) continue;
    const place = placeOf(where, path);
    if (place !== undefined) return new TypeError(`${where}: ${path} is no param ${place}`);
  }
  return undefined;
}

function placeOf(method: string, name: string): string | undefined {
  if (Object.hasOwn(THREAD_OPTIONS, name)) {
    return "but an option: it belongs to the options, the argument behind the params";
  }
  if (!OPENS_THREAD.test(method)) return undefined;
  if (Object.hasOwn(THREAD_PARAMS_ELSEWHERE, name)) return `of a thread. Use ${THREAD_PARAMS_ELSEWHERE[name]}`;
  if (Object.hasOwn(TURN_OPTIONS, name) || paramNames("turn/start").includes(name)) {
    return `of a thread but of a turn: thread.run(input, { ${name} })`;
  }
  return Object.hasOwn(CODEX_OPTIONS, name) ? `but an option of the client: new Codex({ ${name} })` : undefined;
}

const BUDGET: OptionChecks<TurnBudget> = { tokens: integer(1) };

/** What a turn takes beside the fields of `turn/start`; those are known by the protocol alone, and checked by it. */
const TURN_OPTIONS: OptionChecks<Omit<TurnOptions, Exclude<keyof TurnStartParams, "outputSchema">>> = {
  ...CALL_OPTIONS,
  outputSchema: anything,
  checkOutputSchema: flag,
  idleTimeoutMs: atLeast(0),
  budget: options(BUDGET),
};

const TURN_HINTS: OptionHints = {
  elsewhere: {
    threadId: "the thread whose method this is",
    input: "the first argument",
    sandbox: 'sandboxPolicy, such as { type: "readOnly" }',
    sandboxMode: 'sandboxPolicy, such as { type: "readOnly" }',
    modelReasoningEffort: "effort",
    reasoningEffort: "effort",
    workingDirectory: "cwd",
    tools: "tools of the thread: threadStart(params, { tools })",
    handlers: "handlers of the thread: threadStart(params, { handlers })",
  },
};

const REVIEW_OPTIONS: OptionChecks<ReviewOptions> = {
  delivery: anything,
  signal: abortSignal,
  timeoutMs: atLeast(0),
  idleTimeoutMs: atLeast(0),
};

/** Checks what a review is given beside its target. */
export function checkReviewOptions(given: ReviewOptions): void {
  checkOptions("review", given, REVIEW_OPTIONS, { elsewhere: { target: "the first argument" } });
}

/** Checks what a steer is given beside its input. The protocol is loaded, for there is a turn. */
export function checkSteer(given: SteerOptions): void {
  const { threadId: _, expectedTurnId: __, input: ___, ...fields } = Object.fromEntries(
    paramNames("turn/steer").map((name): [string, Check] => [name, anything]),
  );
  const ofTheTurn = "the turn whose method this is";
  const elsewhere = { threadId: ofTheTurn, expectedTurnId: ofTheTurn, input: "the first argument" };
  checkOptions("steer", given, { ...CALL_OPTIONS, ...fields }, { elsewhere });
}

/** Checks what a turn is given beside its input. The protocol is loaded, for there is a thread. */
export function checkTurnOptions(where: string, given: TurnOptions): void {
  const { threadId: _, input: __, ...fields } = Object.fromEntries(
    paramNames("turn/start").map((name): [string, Check] => [name, anything]),
  );
  const checks = { ...TURN_OPTIONS, ...fields };
  if (typeof given !== "object" || Object.keys(given ?? {}).every((name) => Object.hasOwn(checks, name))) {
    return checkOptions(where, given, checks, TURN_HINTS);
  }
  const elsewhere = {
    ...Object.fromEntries(
      Object.keys(CODEX_OPTIONS).map((name) => [name, `${name} of the client: new Codex(options)`]),
    ),
    ...Object.fromEntries(
      paramNames("thread/start").map((name) => [name, `${name} of the thread: threadStart({ ${name} })`]),
    ),
    ...TURN_HINTS.elsewhere,
  };
  checkOptions(where, given, checks, { elsewhere });
}
