import type { Context } from "@opentelemetry/api";

/** A turn that was asked for while another one ran in its thread: it joins that one, or comes after it. */
export interface AwaitedTurn {
  readonly threadId: string;
  /** In which it was asked for. */
  readonly parent: Context;
  readonly kind: string;
  /** As its reply has told it, if it has. */
  id: string | undefined;
}

/**
 * The turns that were asked for and have not begun, by their threads. The reply can come long before the turn begins: a
 * review is answered, then the turn that runs is ended for it, and then it begins.
 */
export class AwaitedTurns {
  readonly #threads = new Map<string, AwaitedTurn[]>();

  has(threadId: string): boolean {
    return this.#threads.has(threadId);
  }

  add(threadId: string, parent: Context, kind: string): AwaitedTurn {
    const awaited: AwaitedTurn = { threadId, parent, kind, id: undefined };
    this.#threads.set(threadId, [...this.#threads.get(threadId) ?? [], awaited]);
    return awaited;
  }

  remove(awaited: AwaitedTurn): void {
    const others = this.#threads.get(awaited.threadId)?.filter((each) => each !== awaited) ?? [];
    if (others.length === 0) this.#threads.delete(awaited.threadId);
    else this.#threads.set(awaited.threadId, others);
  }

  /** A turn has begun: the one that was asked for under an id of these, else the first whose id is not known. */
  take(threadId: string, ids: readonly string[]): AwaitedTurn | undefined {
    const all = this.#threads.get(threadId) ?? [];
    const found = all.find(({ id }) => id !== undefined && ids.includes(id)) ?? all.find(({ id }) => id === undefined);
    if (found !== undefined) this.remove(found);
    return found;
  }

  /** A command by hand has joined the turn that runs. */
  commandJoined(threadId: string): void {
    const found = this.#threads.get(threadId)?.find(({ kind }) => kind === "shellCommand");
    if (found !== undefined) this.remove(found);
  }

  /** What was to come may have been missed. */
  clear(threadId: string): void {
    this.#threads.delete(threadId);
  }
}
