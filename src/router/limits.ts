import { atLeast, integer, type OptionChecks } from "../util/options.ts";

/** Every bound of a connection, with a default. Times are in milliseconds, sizes in bytes. */
export interface Limits {
  /**
   * The longest line that the server may send. A longer one ends the connection with a `ProtocolError`.
   *
   * @default {268_435_456}
   */
  readonly maxLineBytes?: number;
  /**
   * How many requests may be in flight at once; the rest wait in order. Above about 200 the server refuses some and
   * forgets to say so for others.
   *
   * @default {64}
   */
  readonly requestsInFlight?: number;
  /**
   * How many events may wait in one stream before neighbouring deltas of one item are joined.
   *
   * @default {1024}
   */
  readonly streamEvents?: number;
  /**
   * How many bytes of events may wait in one stream before it fails with a `StreamOverflowError`.
   *
   * @default {67_108_864}
   */
  readonly streamBytes?: number;
  /**
   * How much of the server's stderr is kept for error messages.
   *
   * @default {65_536}
   */
  readonly stderrTailBytes?: number;
  /**
   * How long the start may take, from finding the binary to the answer to `initialize`; behind a reconnection, also how
   * long a thread may take to be resumed. 0 means for ever.
   *
   * @default {30_000}
   */
  readonly startTimeoutMs?: number;
  /**
   * How long a request may take if its call has no `timeoutMs`, waiting for its place included. 0 means for ever.
   *
   * @default {300_000}
   */
  readonly requestTimeoutMs?: number;
  /**
   * How long an interrupt may take, its retries included.
   *
   * @default {10_000}
   */
  readonly interruptTimeoutMs?: number;
  /**
   * After how much silence within a turn the server is asked whether the turn is still running. 0 means never.
   *
   * @default {30_000}
   */
  readonly silenceMs?: number;
  /**
   * How long `close` waits for the server to end by itself, and then again for SIGTERM to work.
   *
   * @default {2_000}
   */
  readonly closeGraceMs?: number;
}

/** {@linkcode Limits} with nothing left open. */
export type ResolvedLimits = Required<Limits>;

const DEFAULTS: ResolvedLimits = {
  maxLineBytes: 256 * 1024 * 1024,
  requestsInFlight: 64,
  streamEvents: 1024,
  streamBytes: 64 * 1024 * 1024,
  stderrTailBytes: 64 * 1024,
  startTimeoutMs: 30_000,
  requestTimeoutMs: 300_000,
  interruptTimeoutMs: 10_000,
  silenceMs: 30_000,
  closeGraceMs: 2_000,
};

/** What each may be. Those that must be at least 1 are those with which, at 0, nothing would ever get through, or end. */
export const LIMIT_CHECKS: OptionChecks<Limits> = {
  maxLineBytes: atLeast(1),
  requestsInFlight: atLeast(1),
  streamEvents: atLeast(1),
  streamBytes: atLeast(1),
  stderrTailBytes: integer(0),
  startTimeoutMs: atLeast(0),
  requestTimeoutMs: atLeast(0),
  interruptTimeoutMs: atLeast(1),
  silenceMs: atLeast(0),
  closeGraceMs: atLeast(0),
};

/** Fills in the defaults. */
export function resolveLimits(limits: Limits = {}): ResolvedLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}
