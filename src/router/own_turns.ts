import type { TurnTable } from "./turn_table.ts";

/** How many turns without a handle are remembered: one that ends before its reply, or unseen, is not taken off. */
const REMEMBERED_MAX = 1024;

/** Tells the turns that this client has begun from those of other clients of the same server. */
export class OwnTurns {
  readonly #table: TurnTable;
  /** Also those that have no handle, such as reviews. */
  readonly #begun = new Set<string>();

  constructor(table: TurnTable) {
    this.#table = table;
  }

  add(turnId: string): void {
    this.#begun.add(turnId);
    if (this.#begun.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#begun;
    this.#begun.delete(oldest!);
  }

  delete(turnId: string): void {
    this.#begun.delete(turnId);
  }

  clear(): void {
    this.#begun.clear();
  }

  /** Whether a turn is this client's; without a turn, whether it has one in that thread; without both, it is. */
  async include(threadId: string | null, turnId: string | null): Promise<boolean> {
    if (threadId === null || this.#knows(threadId, turnId)) return true;
    // A question can come before the reply that tells whose the turn is.
    await this.#table.settled(threadId);
    return this.#knows(threadId, turnId);
  }

  #knows(threadId: string, turnId: string | null): boolean {
    if (turnId !== null) return this.#begun.has(turnId) || this.#table.get(turnId) !== undefined;
    return this.#table.records().some((record) => record.threadId === threadId);
  }
}
