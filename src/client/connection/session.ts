/**
 * All that it takes to talk to a server, beyond starting one. `Connector` loads it while the server starts: it is half of
 * the SDK's code, and a program's first statement does without.
 *
 * @module
 */
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import { Validator } from "../../message/validator.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { Observers } from "../../router/observer.ts";
import type { OpenTurn } from "../../router/open_turns.ts";
import { Router } from "../../router/router.ts";
import type { AsyncContext } from "../../util/async_context.ts";
import { concealing } from "../../util/conceal.ts";
import type { CodexOptions } from "../options.ts";
import { ThreadRegistry } from "../thread/thread_registry.ts";
import { type Greeting, handshake } from "./handshake.ts";
import { Reconnector } from "./reconnector.ts";

const DEFAULT_SERVER_REQUEST_TIMEOUT_MS = 600_000;

/** What a session needs from around it. */
export interface SessionParts {
  readonly limits: ResolvedLimits;
  readonly onDiagnostic: DiagnosticListener;
  readonly observers: Observers;
  /** In which the client's handlers run. */
  readonly context: AsyncContext;
  /** Opens a connection and greets the server; calls back before anything else may use it. */
  readonly connect: (signal: AbortSignal, beforeOpen: () => Promise<void>) => Promise<void>;
  readonly onIdle: (threadId: string) => void;
  readonly onAgentTurn: (open: OpenTurn) => void;
}

/** Who waits for what of the server, over whichever connection, and who brings that back when it is lost. */
export class Session {
  readonly router: Router;
  readonly threads: ThreadRegistry;
  readonly reconnector: Reconnector;
  readonly #options: CodexOptions;
  readonly #onDiagnostic: DiagnosticListener;

  constructor(options: CodexOptions, parts: SessionParts) {
    const { limits, onDiagnostic, observers, context, connect, onIdle, onAgentTurn } = parts;
    this.#options = options;
    this.#onDiagnostic = onDiagnostic;
    this.router = new Router({
      limits,
      validator: new Validator(options.validation ?? "tolerant", options.onDiagnostic && onDiagnostic),
      client: { handlers: options.handlers ?? {}, context },
      serverRequestTimeoutMs: options.serverRequestTimeoutMs ?? DEFAULT_SERVER_REQUEST_TIMEOUT_MS,
      traceContext: options.traceContext,
      conceal: concealing(options.apiKey),
      observers,
      onDiagnostic,
      onLost: (error) => this.reconnector.begin(error),
      onAnswered: (method, threadId) => this.threads.answered(method, threadId),
      onIdle,
      onAgentTurn,
    });
    this.threads = new ThreadRegistry(this.router, limits, onDiagnostic);
    this.reconnector = new Reconnector(options, this.router, this.threads, onDiagnostic, connect);
  }

  /** Greets the server over a connection that is not open to others yet. `program` is what was started for it. */
  greet(signal: AbortSignal, program?: string): Promise<Greeting> {
    return handshake(this.router, this.#options, this.#onDiagnostic, signal, program);
  }
}
