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

/** The limits that must be at least 1: with 0 nothing would ever get through, or end. */
const POSITIVE: readonly (keyof Limits)[] = [
  "maxLineBytes",
  "requestsInFlight",
  "streamEvents",
  "streamBytes",
  "interruptTimeoutMs",
];

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a limit is not a number in its range.
 * @throws {TypeError} If there is no such limit.
 */
export function resolveLimits(limits: Limits = {}): ResolvedLimits {
  const resolved: Record<string, number> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw new TypeError(`limits.${name}: no such limit. There are ${Object.keys(DEFAULTS).join(", ")}`);
    }
    if (value === undefined) continue;
    const min = POSITIVE.includes(name as keyof Limits) ? 1 : 0;
    if (typeof value !== "number" || !(value >= min)) {
      throw new RangeError(`limits.${name} must be a number of at least ${min}, found ${String(value)}`);
    }
    resolved[name] = value;
  }
  return resolved as unknown as ResolvedLimits;
}
