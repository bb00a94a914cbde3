import type { ThreadTokenUsage, TokenUsageBreakdown } from "../../gen/mod.ts";
import { BoundedMap } from "../util/bounded_map.ts";

interface Used {
  readonly turnId: string;
  /** What the thread had used before that turn; `undefined` if nothing was heard of it before. */
  readonly before: TokenUsageBreakdown | undefined;
  readonly total: TokenUsageBreakdown;
}

/**
 * What each thread has used so far. The server tells what the thread has used in all and what its last request has, and
 * tells either again when nothing was used; what a turn has used is the difference of two totals.
 */
export class ThreadTotals {
  readonly #used: BoundedMap<Used>;

  /** @param maxBytes How much is remembered of all threads. */
  constructor(maxBytes: number) {
    this.#used = new BoundedMap(maxBytes, ({ turnId, total }) => turnId.length + JSON.stringify(total).length);
  }

  /** Takes in what the server tells of a thread. */
  take(threadId: string, turnId: string, usage: ThreadTokenUsage | undefined): void {
    if (usage?.total == null) return;
    const known = this.#used.get(threadId);
    const before = known?.turnId === turnId ? known.before : known?.total;
    this.#used.set(threadId, { turnId, before, total: usage.total });
  }

  /** What a thread had used before its present turn, if that is known. */
  before(threadId: string, turnId: string): TokenUsageBreakdown | undefined {
    const used = this.#used.get(threadId);
    return used?.turnId === turnId ? used.before : used?.total;
  }

  delete(threadId: string): void {
    this.#used.delete(threadId);
  }
}

/** What was used between two states, number by number, also those that a newer server counts. */
export function usedBetween(before: TokenUsageBreakdown | undefined, after: TokenUsageBreakdown): TokenUsageBreakdown {
  const base = { ...before } as Readonly<Record<string, unknown>>;
  const used = Object.entries(after).map(([name, count]: [string, unknown]) => {
    const earlier = base[name];
    return [name, typeof count === "number" && typeof earlier === "number" ? Math.max(0, count - earlier) : count];
  });
  return Object.fromEntries(used) as TokenUsageBreakdown;
}
