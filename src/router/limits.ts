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
   * How many bytes of events may wait in one stream before it fails with a `StreamOverflowError`. Also how many are kept
   * of the events that come for a thread between a `turn/start` and its reply.
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
   * How much of a turn's finished items is kept for `run()`. Past it they are read from the server when the turn is over.
   *
   * @default {268_435_456}
   */
  readonly turnBytes?: number;
  /**
   * How much the server may ask before it is answered: its questions, and the unfinished items that they may be about,
   * each. Past it a further question is refused at once, and one about an item that had to be forgotten has no `ctx.item`.
   *
   * @default {67_108_864}
   */
  readonly questionBytes?: number;
  /**
   * How many bytes of answers may wait for a server that does not read them. Past it the connection ends with a
   * `ProtocolError`.
   *
   * @default {16_777_216}
   */
  readonly unreadBytes?: number;
  /**
   * How much is remembered of what only the server names: threads and their parents, turns that run, questions that are
   * gone, places where it departs from the protocol; each. Past it the oldest is forgotten, and asked for when needed.
   *
   * @default {4_194_304}
   */
  readonly rememberedBytes?: number;
  /**
   * How long a question of the server may wait until it is known which thread its own is a sub-agent of; then it is
   * refused.
   *
   * @default {5_000}
   */
  readonly parentTimeoutMs?: number;
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
   * After how much silence within a turn the server is asked whether the turn is still running. 0 means never. When three
   * such questions in a row get no answer within `requestTimeoutMs`, and nothing else comes from the server meanwhile, the
   * connection is given up.
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
  turnBytes: 256 * 1024 * 1024,
  questionBytes: 64 * 1024 * 1024,
  unreadBytes: 16 * 1024 * 1024,
  rememberedBytes: 4 * 1024 * 1024,
  parentTimeoutMs: 5_000,
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
  turnBytes: atLeast(1),
  questionBytes: atLeast(1),
  unreadBytes: atLeast(1),
  rememberedBytes: atLeast(1),
  parentTimeoutMs: atLeast(1),
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
