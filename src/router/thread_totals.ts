import type { ThreadTokenUsage, TokenUsageBreakdown } from "../../gen/mod.ts";
import { BoundedMap } from "../util/bounded_map.ts";

/** What was told of a turn. */
export interface Used {
  readonly turnId: string;
  /** What the thread had used before that turn. */
  readonly before: TokenUsageBreakdown;
  /** What the server told last, in that turn or of it behind its end: grows. */
  usage: ThreadTokenUsage;
}

/**
 * What each thread has used so far. The server tells what the thread has used in all and what its last request has, and
 * tells either again when nothing was used; what a turn has used is the difference of two totals.
 */
export class ThreadTotals {
  readonly #used: BoundedMap<Used>;

  /** @param maxBytes How much is remembered of all threads. */
  constructor(maxBytes: number) {
    this.#used = new BoundedMap(maxBytes, ({ turnId, usage }) => turnId.length + JSON.stringify(usage).length);
  }

  /** Takes in what the server tells of a thread. */
  take(threadId: string, turnId: string, usage: ThreadTokenUsage | undefined): void {
    if (usage?.total == null) return;
    const known = this.#used.get(threadId);
    let used = known;
    if (used?.turnId === turnId) used.usage = usage;
    else {
      // Of a thread that nothing was heard of before, what its last request has used is what is new.
      const before = known?.usage.total ?? usedBetween(usage.last, usage.total);
      used = { turnId, before, usage };
    }
    this.#used.set(threadId, used);
  }

  /** What a thread had used before its present turn, if that is known. */
  before(threadId: string, turnId: string): TokenUsageBreakdown | undefined {
    const used = this.#used.get(threadId);
    return used?.turnId === turnId ? used.before : used?.usage.total;
  }

  /** What was told of a turn, if nothing was told of its thread's next one yet. */
  of(threadId: string, turnId: string): Used | undefined {
    const used = this.#used.get(threadId);
    return used?.turnId === turnId ? used : undefined;
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
