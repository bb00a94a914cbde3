import { BoundedMap } from "../util/bounded_map.ts";
import type { OpenTurns } from "./open_turns.ts";
import type { ThreadTree } from "./thread_tree.ts";
import type { TurnTable } from "./turn_table.ts";

/**
 * Tells the turns that this client has begun from those of other clients of the same server. What its turns have their
 * sub-agents do is its own as well, also when those outlive them.
 */
export class OwnTurns {
  readonly #table: TurnTable;
  readonly #open: OpenTurns;
  readonly #tree: ThreadTree;
  /** Also those that have no handle, such as reviews. */
  readonly #begun: BoundedMap<true>;

  constructor(table: TurnTable, open: OpenTurns, tree: ThreadTree, maxBytes: number) {
    this.#table = table;
    this.#open = open;
    this.#tree = tree;
    this.#begun = new BoundedMap(maxBytes);
  }

  /** This client has begun it. Remembered when it is over as well, for what goes on on its behalf. */
  add(turnId: string): void {
    this.#begun.set(turnId, true);
  }

  clear(): void {
    this.#begun.clear();
  }

  has(turnId: string): boolean {
    return this.#begun.has(turnId) || this.#table.get(turnId) !== undefined;
  }

  /** Whether a turn is this client's; without a turn, whether it has one in that thread; without both, it is. */
  async include(threadId: string | null, turnId: string | null): Promise<boolean> {
    if (threadId === null || this.#knows(threadId, turnId)) return true;
    // A question can come before the reply that tells whose the turn is, or whose the turn is that it works for.
    const path = this.#tree.path(threadId) ?? [threadId];
    await Promise.all(path.map((id) => this.#table.settled(id)));
    return this.#knows(threadId, turnId);
  }

  #knows(threadId: string, turnId: string | null): boolean {
    if (turnId !== null && (this.has(turnId) || this.has(this.#open.rootOf(threadId, turnId)))) return true;
    const open = this.#open.get(threadId);
    // On whose behalf it runs was told, and that is not this client's.
    if (turnId !== null && open?.turnId === turnId && open.told) return false;
    return this.#table.records().some((record) =>
      record.threadId === threadId ? turnId === null : this.#tree.isWithin(threadId, record.threadId)
    );
  }
}
