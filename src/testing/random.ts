/** Random numbers that are the same for the same seed, on every runtime. */
export interface Random {
  /** What it started from. */
  readonly seed: number;
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** Whether something of that probability happens now. */
  chance(probability: number): boolean;
}

/** Makes a source of random numbers (mulberry32). Without a seed, one is drawn. */
export function makeRandom(seed: number = Math.floor(Math.random() * 2 ** 32)): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    next,
    below: (limit) => Math.floor(next() * limit),
    chance: (probability) => next() < probability,
  };
}

/**
 * Runs a test that draws random numbers; if it fails, the error names the seed to run it again with.
 *
 * @param body The test.
 * @param seed Drawn by default. Give the one that an error named to see the same run again.
 * @throws {Error} If `body` fails: with the seed in its message, and the failure as its `cause`.
 * @example
 * ```ts
 * import { withSeed } from "@codex-app-server/sdk/testing";
 *
 * await withSeed((random) => {
 *   const size = 1 + random.below(10);
 *   if (size > 10) throw new Error("unreachable");
 * });
 * ```
 */
export async function withSeed<T>(body: (random: Random) => T | Promise<T>, seed?: number): Promise<T> {
  const random = makeRandom(seed);
  try {
    return await body(random);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${what}\n(seed ${random.seed}: withSeed(body, ${random.seed}) runs the same again)`, { cause });
  }
}
