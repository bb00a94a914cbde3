import type {
  ReviewStartParams,
  ThreadForkParams,
  ThreadResumeParams,
  TurnStartParams,
  TurnSteerParams,
} from "../../gen/mod.ts";
import type { DiagnosticListener } from "../message/diagnostic.ts";
import type { ValidationMode } from "../message/validate.ts";
import type { Limits } from "../router/limits.ts";
import type { ServerRequestHandlers } from "../router/server_request.ts";
import type { TraceContext } from "../router/trace.ts";
import type { ServerConfig } from "../transport/config_overrides.ts";
import type { Transport, TransportFactory } from "../transport/transport.ts";
import type { OutputSchema } from "../tools/output_schema.ts";
import type { ToolSet } from "../tools/prepare.ts";

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up: it rejects with `signal.reason`, and a late answer is dropped. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Rejects the call with a `TimeoutError` after so many milliseconds. 0 means never. Default: `limits.requestTimeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
  /** The trace that this request belongs to. Default: what `traceContext` of the client says. */
  readonly trace?: TraceContext | undefined;
}

/** Options of {@linkcode Codex}. All of them are optional. */
export interface CodexOptions {
  /**
   * Path of the `codex` binary. Without it: `CODEX_BIN` (of `env`, or the program's environment), an installed package
   * (`@openai/codex`, or a staged runtime) beside the SDK or the main program, or `codex` on `PATH`, in this order. The
   * working directory is not searched.
   */
  readonly codexBin?: string | undefined;
  /**
   * A folder, or a file or module in it (`import.meta.url`), from which an installed binary is looked for upwards, before
   * all other places. Default: from the SDK's own folder, and from the main program's. The working directory is not looked
   * at unless it is named here: `process.cwd()`, `Deno.cwd()`.
   */
  readonly locateFrom?: string | undefined;
  /** Replaces the whole command line, program first; so nothing that goes into one can stand beside it. */
  readonly launchArgsOverride?: readonly string[] | undefined;
  /**
   * An API key for this client's own server. Nothing is written to disk, and a login that is stored there is neither
   * used nor changed: the server is told to keep credentials in memory (`cli_auth_credentials_store`), and is given the
   * key behind its greeting. The key stands on no command line and in no environment; wherever the server repeats one of
   * 12 characters or more, `[redacted]` is read instead.
   *
   * With `transport` or `launchArgsOverride` the server has to be configured so already, else the start fails. For a
   * login that lasts there is `codex.loginApiKey`.
   */
  readonly apiKey?: string | undefined;
  /**
   * Where the OpenAI models are reached, such as `https://gateway.example/v1`; the same as `config.openai_base_url`.
   * Stands on the server's command line.
   */
  readonly baseUrl?: string | undefined;
  /**
   * Configuration of the server, as an object, laid over that of its files. Stands on its command line, for every user of
   * the machine to see: secrets belong into `env`, or into `apiKey`.
   *
   * @example
   * ```ts
   * import type { CodexOptions } from "@codex-app-server/sdk";
   *
   * const options: CodexOptions = {
   *   config: { model: "gpt-5", features: { plugins: false }, projects: { "/srv/a.b": { trust_level: "trusted" } } },
   * };
   * ```
   */
  readonly config?: ServerConfig | undefined;
  /** The same, each `key=value` with a TOML value, as in `model="gpt-5"`. Stronger than `config`. */
  readonly configOverrides?: readonly string[] | undefined;
  /** Working directory of the server. Default: the program's own. */
  readonly cwd?: string | undefined;
  /** Changes to the program's environment for the server; `undefined` removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Whether the server gets the program's environment, with `env` over it, or `env` alone (and the folder of its own
   * tools as `PATH`). Without `CODEX_HOME` and `HOME` it takes the home that the system knows of its user. Default
   * `true`.
   */
  readonly inheritEnv?: boolean | undefined;
  /** What the server is told of this client. Default: `codex_app_server_sdk`. */
  readonly clientName?: string | undefined;
  /** The name shown to people. Default: `Codex App Server SDK`. */
  readonly clientTitle?: string | undefined;
  /** The version of this client. Default: the SDK's own. */
  readonly clientVersion?: string | undefined;
  /** Asks for experimental methods and fields. Default `true`; dynamic tools need it. */
  readonly experimentalApi?: boolean | undefined;
  /** Notifications that the server need not send, by exact method. */
  readonly optOutNotificationMethods?: readonly string[] | undefined;
  /**
   * Another way to reach a server. Nothing is spawned then, so what is for a server of one's own (`codexBin`, `env`, `cwd`
   * ...) cannot stand beside it. A function can be called again after a failed start.
   */
  readonly transport?: Transport | TransportFactory | undefined;
  /**
   * `spawn` (default) starts a server. `daemon` uses the one that runs for the user's home already (`codex app-server
   * daemon start`, or `codex app-server --listen unix://`), found by its socket in `CODEX_HOME`, which editors and other
   * programs may share; a server is started if there is none, and a diagnostic says so (`no-daemon`).
   *
   * The daemon has its own configuration and login, so `apiKey`, `baseUrl`, `config`, `configOverrides` and
   * `launchArgsOverride` are refused beside `daemon`. Its process is never ended from here. `env.CODEX_HOME` says where
   * to look; for the rest `env`, `cwd` and `codexBin` are for a server that is started.
   */
  readonly connect?: "spawn" | "daemon" | undefined;
  /**
   * Opens a new connection when one is lost. Default `false`. Over a shared server (WebSocket, unix socket) running
   * turns go on in the same handles; a server of one's own is started anew, and its running turns fail.
   */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** Answers to what the server asks: approvals, tools, questions. What has no handler is refused. */
  readonly handlers?: ServerRequestHandlers | undefined;
  /**
   * How long a handler, or a parked request, may take before the request is refused, in milliseconds. 0 means for ever.
   * Default: 600,000 (ten minutes).
   */
  readonly serverRequestTimeoutMs?: number | undefined;
  /**
   * What happens when a message of the server is not as the pinned protocol has it. `tolerant` (default) keeps what is
   * unknown and reports it; only missing required fields of a result are an error. `strict` makes every difference an
   * error. `off` looks at nothing that comes in.
   */
  readonly validation?: ValidationMode | undefined;
  /**
   * Asked before each request, in the async context of its caller: the W3C trace context that goes with it. A server
   * that exports traces (`otel.trace_exporter` of its configuration) joins its own spans to that trace, and sends it on
   * to the model. `undefined`: none. What it throws, or nonsense that it returns, is a diagnostic and no error.
   *
   * @example
   * ```ts
   * import { Codex } from "@codex-app-server/sdk";
   *
   * const codex = new Codex({
   *   traceContext: () => ({ traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }),
   * });
   * ```
   */
  readonly traceContext?: (() => TraceContext | undefined) | undefined;
  /**
   * How many turns may run at a time, reviews and compactions among them. Further ones wait for their turn, in order, and
   * can be given up meanwhile by their `signal` and `timeoutMs`; to join a turn that runs needs no place. Default: no
   * bound.
   *
   * There is none by default because turns mostly wait for the model, and cost nothing meanwhile: 64 at once, with a model
   * that thinks for a second, are over after 5.1 s, 6 at a time after 12.5 s. It is the other way round, 5.5 s and 3.3 s,
   * only where the model answers at once. And a bound can stop everything: turns that wait for a person, or for one
   * another, keep their places. Set one where commands of many agents compete for the machine.
   */
  readonly maxConcurrentTurns?: number | undefined;
  /** Bounds of memory and time. */
  readonly limits?: Limits | undefined;
  /** Gets everything worth knowing that is not an error of any call. */
  readonly onDiagnostic?: DiagnosticListener | undefined;
  /** Gets what the server prints on stderr, as it comes, cut anywhere. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Gives up the start; afterwards, ends the connection. */
  readonly signal?: AbortSignal | undefined;
}

/** How a lost connection is opened again. */
export interface ReconnectOptions {
  /** How many attempts in a row may fail; one that lasts no longer than `maxDelayMs` has failed. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** The pause before the first attempt, doubled for each further one, in milliseconds. Default 250. */
  readonly initialDelayMs?: number | undefined;
  /** The longest pause. Default 10,000. */
  readonly maxDelayMs?: number | undefined;
}

/** What a thread can be given beside the protocol's own parameters. */
export interface ThreadOptions extends CallOptions {
  /**
   * Answers to what the server asks within this thread, and in the threads of its sub-agents; they come before the
   * client's. Kept for as long as somebody has the `Thread` or a turn of it runs, and until it is archived or closed; what
   * it asks afterwards is refused.
   */
  readonly handlers?: ServerRequestHandlers | undefined;
  /**
   * Tools that the agent may call within this thread; see `@codex-app-server/sdk/tools`. A new thread is told of them;
   * one that exists knows them from its start, and only what answers the calls is taken from here.
   */
  readonly tools?: ToolSet | undefined;
}

/** What `codex.threads` takes beside the protocol's own parameters. */
export interface ThreadsOptions extends CallOptions {
  /** Whether sub-agents' threads are among them, where the parameters let them be. Default `true`. */
  readonly agents?: boolean | undefined;
}

/** What a turn's stream shows. */
export interface StreamOptions {
  /** Whether it shows what the turn's sub-agents do as well. Default `false`. */
  readonly agents?: boolean | undefined;
}
/** Everything that a review can be given: the protocol's own fields, and how it is waited for. */
export type ReviewOptions =
  & Omit<ReviewStartParams, "threadId" | "target">
  & Pick<TurnOptions, "signal" | "timeoutMs" | "idleTimeoutMs">;

/** Everything that what is added to a running turn can be given: the protocol's own fields, and how it is called. */
export type SteerOptions = Omit<TurnSteerParams, "threadId" | "expectedTurnId" | "input"> & CallOptions;

/** Parameters of `threadResume`: those of the protocol, without the id. */
export type ThreadResumeOptions = Omit<ThreadResumeParams, "threadId">;
/** Parameters of `threadFork`: those of the protocol, without the id. */
export type ThreadForkOptions = Omit<ThreadForkParams, "threadId">;
/** What a turn may use. */
export interface TurnBudget {
  /**
   * How many tokens, in and out, those from a cache included: `turn.tokens.totalTokens`. The server tells it behind each
   * request to the model, so the last request goes beyond it, and what sub-agents use is not in it. At least 1.
   */
  readonly tokens: number;
}

/** Everything that a turn can be given: the protocol's own fields, and how it is waited for. */
export type TurnOptions = Omit<TurnStartParams, "threadId" | "input" | "outputSchema"> & {
  /** What the final message must look like: a JSON Schema, or a Standard Schema that can give one. */
  readonly outputSchema?: OutputSchema | undefined;
  /**
   * Whether a JSON Schema that OpenAI's API would refuse, for it is not strict, is refused before anything is sent.
   * Default `true`. With `false` it is sent as it is, for other providers may take it.
   */
  readonly checkOutputSchema?: boolean | undefined;
  /**
   * Ends the turn: it is interrupted, and whatever waits for it rejects with `signal.reason`. A turn that ran already when
   * its input was added is not ended by this, nor by a deadline or a budget: only this handle is. A command that the turn
   * was running goes on in the background: `thread.cleanBackgroundTerminals()` ends it.
   */
  readonly signal?: AbortSignal | undefined;
  /** The trace that the start of the turn belongs to. Default: what `traceContext` of the client says. */
  readonly trace?: TraceContext | undefined;
  /** How long the whole turn may take, in milliseconds; then it is interrupted. 0, the default, means for ever. */
  readonly timeoutMs?: number | undefined;
  /** How long the turn may be silent, in milliseconds; then it is interrupted. 0, the default, means for ever. */
  readonly idleTimeoutMs?: number | undefined;
  /** What the turn may use; then it is interrupted, and whatever waits for it rejects. Default: no bound. */
  readonly budget?: TurnBudget | undefined;
};
