import type { ThreadTokenUsage, TokenUsageBreakdown } from "../../gen/mod.ts";
import { BoundedMap } from "../util/bounded_map.ts";

/** The counts of tokens, every one a number whatever the server left out. */
export type Tokens = Required<TokenUsageBreakdown>;

/** How much is remembered of all threads. */
const MAX_BYTES = 262_144;

const NAMES: readonly (keyof Tokens)[] = [
  "totalTokens",
  "inputTokens",
  "cachedInputTokens",
  "cacheWriteInputTokens",
  "outputTokens",
  "reasoningOutputTokens",
];

/**
 * What turns have used. The server tells what a thread has used in all, and what its last request has, and tells either
 * again when nothing was used; what a turn has used is the difference of two totals.
 */
export class TokenCount {
  readonly #totals = new BoundedMap<Tokens>(MAX_BYTES, () => 64);

  /** What a thread had used before a turn of which the server tells for the first time. */
  before(threadId: string, { total, last }: ThreadTokenUsage): Tokens {
    return this.#totals.get(threadId) ?? difference(counts(last), counts(total));
  }

  /** Takes in what the server tells, and says what was used since `before`. */
  since(threadId: string, before: Tokens, { total }: ThreadTokenUsage): Tokens {
    const now = counts(total);
    this.#totals.set(threadId, now);
    return difference(before, now);
  }
}

function counts(given: TokenUsageBreakdown | undefined): Tokens {
  return Object.fromEntries(NAMES.map((name) => [name, numberOr0(given?.[name])])) as Tokens;
}

function difference(before: Tokens, after: Tokens): Tokens {
  return Object.fromEntries(NAMES.map((name) => [name, Math.max(0, after[name] - before[name])])) as Tokens;
}

function numberOr0(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
