import type { TransportClosedError } from "../errors.ts";
import type { DiagnosticListener } from "../message/diagnostic.ts";
import type { Validator } from "../message/validator.ts";
import type { Conceal } from "../util/conceal.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { Observers } from "./observer.ts";
import type { OpenTurn } from "./open_turns.ts";
import type { PendingOptions } from "./pending.ts";
import type { OwnHandlers } from "./thread_handlers.ts";
import type { Ask } from "./thread_work.ts";
import type { TraceContextSource } from "./trace.ts";

/** How a request is to be made. */
export interface RequestOptions extends PendingOptions {
  /** What it was announced by, if it puts a thread to work. */
  readonly ask?: Ask | undefined;
}

/** What a router is made of. */
export interface RouterOptions {
  readonly limits: ResolvedLimits;
  readonly validator: Validator;
  readonly client: OwnHandlers;
  readonly serverRequestTimeoutMs: number | undefined;
  readonly traceContext?: TraceContextSource | undefined;
  /** Applied to all that the server says, so that no error or diagnostic can repeat a secret. */
  readonly conceal?: Conceal | undefined;
  /** Who watches. Default: nobody. */
  readonly observers?: Observers;
  readonly onDiagnostic: DiagnosticListener;
  /**
   * The connection was lost. Returns whether a new one will be attached; what can wait for it then waits, with turns,
   * subscriptions and unsent requests as they are.
   */
  readonly onLost: (error: TransportClosedError) => boolean;
  /** The server has taken a request that puts a thread to work, or resumes it. Told before the next message is looked at. */
  readonly onAnswered?: ((method: string, threadId: string) => void) | undefined;
  /** The server says that nothing runs in a thread any more. */
  readonly onIdle: (threadId: string) => void;
  /** A turn has begun that works for another one. */
  readonly onAgentTurn: (open: OpenTurn) => void;
}
