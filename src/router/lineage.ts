import type { ThreadItem } from "../../gen/mod.ts";
import type { DiagnosticOf } from "../message/diagnostic.ts";
import type { OpenItems } from "./open_items.ts";
import type { OpenTurns } from "./open_turns.ts";
import type { OwnTurns } from "./own_turns.ts";
import type { OwnHandlers, ThreadHandlers } from "./thread_handlers.ts";
import type { ThreadTree } from "./thread_tree.ts";

/** Whose a question is, and what it is about. */
export interface Asking {
  /** From the root to the thread that asks; empty if none does. */
  readonly path: readonly string[];
  /** Whether it is this client's to answer. */
  readonly own: boolean;
  readonly item: ThreadItem | null;
  /** Of the threads on the path, the nearest first. */
  readonly handlers: readonly OwnHandlers[];
  /** Why nobody may be asked. */
  readonly refused?: DiagnosticOf<"server-request-refused">["reason"] | undefined;
}

/** What is known of the threads, turns and items of the server. */
export interface LineageOptions {
  readonly tree: ThreadTree;
  readonly openTurns: OpenTurns;
  readonly openItems: OpenItems;
  readonly ownTurns: OwnTurns;
  readonly threads: ThreadHandlers;
  readonly isShared: () => boolean;
}

/**
 * Says whose a question is: a sub-agent's belongs to whoever has its parent. Where that cannot be said for certain, it is
 * nobody's: it is never for handlers of whom it is not known that they are meant.
 */
export class Lineage {
  readonly #known: LineageOptions;

  constructor(known: LineageOptions) {
    this.#known = known;
  }

  /** Whether any thread has handlers of its own, had some, or is about to. */
  get hasHandlers(): boolean {
    return this.#known.threads.size > 0;
  }

  async of(threadId: string | null, turnId: string | null, itemId: string | null): Promise<Asking> {
    const { tree, threads } = this.#known;
    // What was started last by now is what is asked about, however long the rest takes.
    const item = this.itemOf(threadId, turnId, itemId);
    const way = threadId === null ? [] : await tree.find(threadId);
    const path = way !== null && await threads.opened(way) ? way : null;
    const own = await this.isOurs(threadId, turnId);
    const asking = { path: path ?? [threadId!], own, item };
    if (path === null) return { ...asking, handlers: [], refused: "unknown-parent" };
    const handlers = threads.of(path).reverse();
    if (path.some((id) => threads.isGone(id))) return { ...asking, handlers, refused: "handlers-gone" };
    if (this.#isDriven(path, turnId)) return { ...asking, handlers, refused: "foreign-turn" };
    if (this.isAmbiguous(threadId, turnId, itemId)) return { ...asking, handlers, refused: "ambiguous-item" };
    return { ...asking, handlers };
  }

  /** Whether a turn is this client's, so that on a shared server it is the one to refuse. */
  async isOurs(threadId: string | null, turnId: string | null): Promise<boolean> {
    return !this.#known.isShared() || await this.#known.ownTurns.include(threadId, turnId);
  }

  /** The item that a question is about, as far as it was seen. */
  itemOf(threadId: string | null, turnId: string | null, itemId: string | null): ThreadItem | null {
    return this.#find(threadId, turnId, itemId)?.item ?? null;
  }

  /** Whether a question about this item could be one about another. */
  isAmbiguous(threadId: string | null, turnId: string | null, itemId: string | null): boolean {
    return this.#find(threadId, turnId, itemId)?.several === true;
  }

  #find(threadId: string | null, turnId: string | null, itemId: string | null): ReturnType<OpenItems["find"]> | null {
    if (threadId === null || turnId === null || itemId === null) return null;
    return this.#known.openItems.find(threadId, turnId, itemId);
  }

  /**
   * Whether an agent of another family has begun the turn: it can send input to any thread that it knows the id of. What
   * the one thread may do, the other may not, unless both leave it to the client.
   */
  #isDriven(path: readonly string[], turnId: string | null): boolean {
    const { openTurns, threads, tree } = this.#known;
    const open = path.length === 0 ? undefined : openTurns.get(path.at(-1)!);
    const driver = open?.rootThreadId ?? null;
    if (driver === null || open!.turnId !== turnId || path.includes(driver)) return false;
    const way = tree.path(driver);
    return way === null || [...way, ...path].some((id) => threads.get(id) !== undefined || threads.isGone(id));
  }
}
