/**
 * What can go wrong between a server and its client, on demand.
 *
 * @module
 */
import { atLeast, checkOptions, integer, objectWith, type OptionChecks } from "../util/options.ts";
import { makeRandom, type Random } from "./random.ts";

/** A message that a scripted server is about to send. */
export interface OutgoingMessage {
  /** Of a request to the client, or of an answer. */
  readonly id?: string | number;
  /** Of a request or a notification. */
  readonly method?: string;
  /** Of a request or a notification. */
  readonly params?: unknown;
  /** Of an answer. */
  readonly result?: unknown;
  /** Of an answer that is a refusal. */
  readonly error?: unknown;
  /** Of a notification: when, in milliseconds since 1970. */
  readonly emittedAtMs?: number;
}

/** What happens to one message. */
export type Fault =
  /** It is lost. */
  | "drop"
  /** It arrives twice. */
  | "duplicate"
  /** It arrives after that many later messages, or at the next pause. */
  | { readonly behind: number }
  /** It, and all that follow it, arrive later by so many milliseconds. */
  | { readonly delayMs: number }
  /** The connection breaks before it. */
  | "die";

/** Decides for each message what happens to it; `undefined` lets it pass. `index` counts them from 0. */
export type FaultRule = (message: OutgoingMessage, index: number) => Fault | undefined;

/** Faults of the bytes, whatever they say. */
export interface ByteFaults {
  /** How the bytes are cut into chunks: each of that many bytes, or of random lengths. Default: a message a chunk. */
  readonly chunkBytes?: number | Random;
  /** The connection breaks when that many bytes have been sent. */
  readonly dieAtByte?: number;
}

/** See {@linkcode checkOptions}. */
export const BYTE_FAULTS: OptionChecks<ByteFaults> = {
  chunkBytes: (value, what) => {
    if (typeof value === "number") integer(1)(value, what);
    else objectWith("a number, or what a seed gives", "below")(value, what);
  },
  dieAtByte: integer(0),
};

/** How often each fault of {@linkcode chaos} happens, from 0 to 1; how far and how long at most. */
export interface ChaosOptions {
  /** A message is lost. Default 0. */
  readonly drop?: number;
  /** A message arrives twice. Default 0. */
  readonly duplicate?: number;
  /** A message falls behind others. Default 0. */
  readonly reorder?: number;
  /** A message, and all behind it, arrive later. Default 0. */
  readonly delay?: number;
  /** How far a reordered message may fall behind. Default 3. */
  readonly maxBehind?: number;
  /** The longest delay, in milliseconds. Default 5. */
  readonly maxDelayMs?: number;
}

const CHAOS_OPTIONS: OptionChecks<ChaosOptions> = {
  drop: atLeast(0, 1),
  duplicate: atLeast(0, 1),
  reorder: atLeast(0, 1),
  delay: atLeast(0, 1),
  maxBehind: integer(1),
  maxDelayMs: integer(1),
};

/** Faults at random, the same for the same seed. */
export function chaos(options: ChaosOptions, random: Random = makeRandom()): FaultRule {
  checkOptions("chaos", options, CHAOS_OPTIONS);
  const { drop = 0, duplicate = 0, reorder = 0, delay = 0, maxBehind = 3, maxDelayMs = 5 } = options;
  return () => {
    if (random.chance(drop)) return "drop";
    if (random.chance(duplicate)) return "duplicate";
    if (random.chance(reorder)) return { behind: 1 + random.below(maxBehind) };
    if (random.chance(delay)) return { delayMs: 1 + random.below(maxDelayMs) };
    return undefined;
  };
}

/** Cuts bytes into chunks. Never empty ones. */
export function* cutBytes(bytes: Uint8Array, chunkBytes: number | Random | undefined): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const length = chunkBytes === undefined
      ? bytes.length
      : typeof chunkBytes === "number"
      ? chunkBytes
      : 1 + chunkBytes.below(bytes.length - start);
    yield bytes.subarray(start, start + length);
    start += length;
  }
}
