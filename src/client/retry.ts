import { JsonRpcError, RetryLimitExceededError, ServerBusyError } from "../errors.ts";
import { isOverloadData } from "../message/rpc_error.ts";
import { abortSignal, atLeast, checkOptions, integer, type OptionChecks } from "../util/options.ts";
import { sleep } from "../util/timer.ts";

/** Options of {@linkcode retryOnOverload}. */
export interface RetryOptions {
  /** How often the function is called at most. Default 3. */
  readonly attempts?: number | undefined;
  /** The first pause, doubled for each further one, in milliseconds. Default 250. */
  readonly initialDelayMs?: number | undefined;
  /** The longest pause, jitter included, in milliseconds. Default 2,000. */
  readonly maxDelayMs?: number | undefined;
  /** By which part of itself a pause is made longer or shorter at random, 0 to 1. Default 0.2. */
  readonly jitter?: number | undefined;
  /** Ends the pauses; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const RETRY_OPTIONS: OptionChecks<RetryOptions> = {
  attempts: integer(1),
  initialDelayMs: atLeast(0),
  maxDelayMs: atLeast(0),
  jitter: atLeast(0, 1),
  signal: abortSignal,
};

/**
 * Whether the server refused because it was overloaded, so that the same request may be sent again: it had no effect.
 * False for everything else, also for a server that gave up after retries of its own.
 */
export function isRetryableError(error: unknown): boolean {
  if (error instanceof RetryLimitExceededError) return false;
  return error instanceof ServerBusyError || (error instanceof JsonRpcError && isOverloadData(error.data));
}

/**
 * Calls a function again while the server is overloaded, with growing pauses. Any other error is passed on at once, and
 * after the last attempt the server's own.
 *
 * @throws {RangeError} If an option is out of its range.
 * @throws {TypeError} If there is no such option, or it is of the wrong type.
 * @example
 * ```ts
 * import { type Codex, retryOnOverload } from "@codex-app-server/sdk";
 *
 * async function firstModel(codex: Codex) {
 *   const { data } = await retryOnOverload(() => codex.models(), { attempts: 5 });
 *   return data[0];
 * }
 * ```
 */
export async function retryOnOverload<T>(call: () => Promise<T> | T, options: RetryOptions = {}): Promise<T> {
  checkOptions("retryOnOverload", options, RETRY_OPTIONS);
  const { attempts = 3, initialDelayMs = 250, maxDelayMs = 2000, jitter = 0.2, signal } = options;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (attempt >= attempts || !isRetryableError(error)) throw error;
    }
    await sleep(backoff(attempt, initialDelayMs, maxDelayMs, jitter), signal);
  }
}

/** The pause before attempt `attempt` + 1, in milliseconds: doubled each time, with jitter, never past the cap. */
export function backoff(attempt: number, initialMs: number, maxMs: number, jitter: number): number {
  const base = Math.min(maxMs, initialMs * 2 ** (attempt - 1));
  return Math.min(maxMs, base * (1 + jitter * (2 * Math.random() - 1)));
}
