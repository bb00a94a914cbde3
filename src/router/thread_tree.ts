import { BoundedMap } from "../util/bounded_map.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { fields, parentOf } from "./parent_of.ts";

/** A way up that is longer than that goes round in a circle. */
const LONGEST_PATH = 256;

interface Lookup {
  readonly known: Deferred<boolean>;
  readonly stopTimer: () => void;
}

/** What a tree needs from around it. */
export interface ThreadTreeOptions {
  readonly maxBytes: number;
  /** How long a parent that is not known yet is waited for. */
  readonly timeoutMs: number;
  /** Asks the server for the record of a thread. */
  readonly read: (threadId: string, timeoutMs: number) => Promise<unknown>;
}

/**
 * Which thread is a sub-agent of which: what a thread's questions, events and handlers go by.
 *
 * Learnt from whatever names a parent, thread records and the items of the parent's own turn. What nobody has named is
 * asked of the server, and waited for no longer than the bound.
 */
export class ThreadTree {
  readonly #options: ThreadTreeOptions;
  /** Of each thread its parent; `null` if it has none. */
  readonly #parents: BoundedMap<string | null>;
  readonly #lookups = new Map<string, Lookup>();

  constructor(options: ThreadTreeOptions) {
    this.#options = options;
    this.#parents = new BoundedMap(options.maxBytes, (parent) => parent?.length ?? 0);
  }

  /** How many threads are known, and looked for. */
  get size(): number {
    return this.#parents.size + this.#lookups.size;
  }

  /** Learns from a thread's record, whoever sent it with what. */
  learn(record: unknown): void {
    const { id } = fields(record);
    const parent = parentOf(record);
    if (typeof id === "string" && parent !== undefined) this.#set(id, parent);
  }

  /** A turn of `parentId` has made the thread. */
  spawned(parentId: string, threadId: string): void {
    this.#set(threadId, parentId);
  }

  /** The way down to a thread, from its root to itself; `null` if a parent on it is not known. */
  path(threadId: string): readonly string[] | null {
    const way = this.#climb(threadId);
    return Array.isArray(way) ? way : null;
  }

  /** The same, waited for; `null` if it could not be learnt in time. */
  async find(threadId: string): Promise<readonly string[] | null> {
    for (;;) {
      const way = this.#climb(threadId);
      if (Array.isArray(way)) return way;
      if (way === null || !await this.#lookUp(way.missing)) return null;
    }
  }

  /** Whether a thread is known to be a sub-agent of another one, or of one of its sub-agents. */
  isWithin(threadId: string, rootId: string): boolean {
    let parent = this.#parents.get(threadId);
    for (let steps = 0; parent != null && steps < LONGEST_PATH; steps++) {
      if (parent === rootId) return true;
      parent = this.#parents.get(parent);
    }
    return false;
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const { known } of this.#lookups.values()) known.resolve(false);
  }

  /** Once known, a parent stays: only "none" gives way to one. */
  #set(threadId: string, parent: string | null): void {
    if (parent === threadId || (this.#parents.get(threadId) ?? null) !== null) return;
    this.#parents.set(threadId, parent);
    this.#lookups.get(threadId)?.known.resolve(true);
  }

  /** The path, or the first thread whose parent is missing for it, or `null` for a way that does not end. */
  #climb(threadId: string): string[] | { readonly missing: string } | null {
    const path = [threadId];
    while (path.length <= LONGEST_PATH) {
      const [highest] = path as [string];
      const parent = this.#parents.get(highest);
      if (parent === undefined) return { missing: highest };
      if (parent === null) return path;
      path.unshift(parent);
    }
    return null;
  }

  async #lookUp(threadId: string): Promise<boolean> {
    return await (this.#lookups.get(threadId) ?? this.#begin(threadId)).known.promise;
  }

  #begin(threadId: string): Lookup {
    const { timeoutMs, read } = this.#options;
    const known = deferred<boolean>();
    const lookup = { known, stopTimer: startTimer(timeoutMs, () => known.resolve(false)) };
    this.#lookups.set(threadId, lookup);
    known.promise.then(() => {
      lookup.stopTimer();
      this.#lookups.delete(threadId);
    });
    read(threadId, timeoutMs).then((record) => {
      this.learn(record);
      known.resolve(this.#parents.has(threadId));
    }, () => {}); // an event may still tell
    return lookup;
  }
}
