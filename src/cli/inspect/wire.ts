/**
 * What the inspector tells its page. Types alone: both sides use them.
 *
 * @module
 */

/** `out`: the client sent it; `in`: the server did; `err`: a line of the server's stderr; `note`: the inspector's own. */
export type Direction = "in" | "out" | "err" | "note";

/** One line of traffic. The names are short, for there are many. */
export interface WireEvent {
  /** Its number: 0, 1, 2 ... */
  readonly n: number;
  /** Whose connection it went over. */
  readonly c: number;
  /** When, in milliseconds since 1970. */
  readonly t: number;
  /** Which way. */
  readonly d: Direction;
  /** The line, redacted unless secrets are asked for. */
  readonly l: string;
  /** Of a line that was cut: its whole length in characters. */
  readonly x?: number;
}

/** Where traffic comes from. `own` is the inspector's: what is asked there is answered by hand. */
export type ConnectionKind = "proxy" | "own" | "file";

/** A connection between a client and a server. */
export interface ConnectionInfo {
  /** Its number: 0, 1, 2 ... */
  readonly id: number;
  /** Where it comes from. */
  readonly kind: ConnectionKind;
  /** What to call it. */
  readonly title: string;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How it ended; `null` while it lasts. */
  readonly ended: string | null;
}

/** What the page is told first. */
export interface Hello {
  /** Another one after the inspector was started anew: what the page has is of the one before. */
  readonly session: string;
  /** The version of the SDK. */
  readonly version: string;
  /** Whether secrets are taken out. */
  readonly redacted: boolean;
  /** How many events are kept, and how many characters of them. */
  readonly maxEvents: number;
  /** See `maxEvents`. */
  readonly maxChars: number;
  /** What requests go to: what is connected, or what would be with the first of them. */
  readonly target: string;
}

/** What the page is told then, again and again. */
export interface Batch {
  /** The number of the oldest event that is still kept. */
  readonly first: number;
  /** How many events there are, those that come in later batches included. */
  readonly next: number;
  /** The next events, in order. */
  readonly events: readonly WireEvent[];
  /** All connections, if something about them has changed. */
  readonly connections?: readonly ConnectionInfo[];
}
