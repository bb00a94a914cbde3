import { BoundedMap } from "../util/bounded_map.ts";
import type { Notification } from "./notification.ts";

/** An event and its length on the wire. */
interface Kept {
  readonly event: Notification;
  readonly bytes: number;
}

/**
 * Events of threads that say for which turn they work before the server has told whose sub-agents they are: the turn of
 * a grandchild can begin before the item that spawned it is complete. They wait for that, or for the end of the turn.
 */
export class EarlyEvents {
  readonly #byThread: BoundedMap<{ readonly rootTurnId: string; readonly kept: Kept[]; bytes: number }>;

  constructor(maxBytes: number) {
    this.#byThread = new BoundedMap(maxBytes, ({ bytes }) => bytes);
  }

  /** Keeps an event until it is known whose it is. */
  keep(threadId: string, rootTurnId: string, event: Notification, bytes: number): void {
    const before = this.#byThread.get(threadId);
    const entry = before?.rootTurnId === rootTurnId ? before : { rootTurnId, kept: [], bytes: 0 };
    entry.kept.push({ event, bytes });
    entry.bytes += bytes;
    this.#byThread.set(threadId, entry);
  }

  /** Hands over what was kept of threads of which that is known now, in order. */
  release(rootTurnOf: (threadId: string) => string | null, to: (rootTurnId: string, kept: Kept) => void): void {
    if (this.#byThread.size === 0) return;
    for (const [threadId, { kept }] of [...this.#byThread]) {
      const rootTurnId = rootTurnOf(threadId);
      if (rootTurnId === null) continue;
      this.#byThread.delete(threadId);
      for (const each of kept) to(rootTurnId, each);
    }
  }

  /** A turn is over: nobody asks any more who worked for it. */
  endTurn(turnId: string): void {
    if (this.#byThread.size === 0) return;
    for (const [threadId, { rootTurnId }] of [...this.#byThread]) {
      if (rootTurnId === turnId) this.#byThread.delete(threadId);
    }
  }

  clear(): void {
    this.#byThread.clear();
  }
}
