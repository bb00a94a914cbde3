import type { ThreadItem } from "../../gen/mod.ts";
import { isSame } from "../util/same_json.ts";

interface Started {
  /** `null` stands for those that were too many. */
  readonly item: ThreadItem | null;
  readonly bytes: number;
}

/** What an item takes in memory beside its text: a Map for its turn, lists, objects. Many small ones are mostly that. */
const ITEM_BYTES = 512;

/** So many unfinished items of one id, and more, are told apart no longer before their turn is over. */
const MANY = 16;

/** What tells the work of one item from that of another with the same id. */
const WORK = ["type", "command", "changes", "server", "tool", "arguments", "prompt", "query"] as const;

/**
 * The items that have been started and not completed: what a question of the server may be about.
 *
 * Of every turn, whoever began it. The id of an item is the call's, which the model chooses: several may have the same.
 */
export class OpenItems {
  readonly #maxBytes: number;
  /** By turn, then by the item's id, in the order in which they were started. */
  readonly #turns = new Map<string, Map<string, Started[]>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many turns have any. */
  get size(): number {
    return this.#turns.size;
  }

  /** The item that a question is about: that which was started last. `several` if more than one of the id is unfinished. */
  find(
    threadId: string,
    turnId: string,
    itemId: string,
  ): { readonly item: ThreadItem | null; readonly several: boolean } {
    const started = this.#turns.get(keyOf(threadId, turnId))?.get(itemId) ?? [];
    return { item: started.at(-1)?.item ?? null, several: started.length > 1 };
  }

  start(threadId: string, turnId: string, item: ThreadItem, bytes: number): void {
    const key = keyOf(threadId, turnId);
    const items = this.#turns.get(key) ?? new Map<string, Started[]>();
    // The turn becomes the youngest.
    this.#turns.delete(key);
    this.#turns.set(key, items);
    const started = items.get(item.id) ?? [];
    items.set(item.id, started);
    // Announced again, or another of which the same is asked.
    const same = started.findIndex((each) => isSameWork(each.item, item));
    if (same >= 0) this.#bytes -= started.splice(same, 1)[0]!.bytes;
    if (started.length > MANY) return;
    const [kept, taken] = started.length < MANY ? [item, bytes + ITEM_BYTES] : [null, 0];
    started.push({ item: kept, bytes: taken });
    this.#bytes += taken;
    for (const oldest of this.#turns.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
  }

  complete(threadId: string, turnId: string, item: ThreadItem): void {
    const key = keyOf(threadId, turnId);
    const items = this.#turns.get(key);
    const started = items?.get(item.id);
    if (items === undefined || started === undefined) return;
    const done = started.length === 1 ? 0 : started.findIndex((each) => isSameWork(each.item, item));
    if (done < 0) return;
    this.#bytes -= started.splice(done, 1)[0]!.bytes;
    if (started.length === 0) items.delete(item.id);
    if (items.size === 0) this.#turns.delete(key);
  }

  endTurn(threadId: string, turnId: string): void {
    this.#drop(keyOf(threadId, turnId));
  }

  clear(): void {
    this.#turns.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    for (const started of this.#turns.get(key)?.values() ?? []) {
      for (const { bytes } of started) this.#bytes -= bytes;
    }
    this.#turns.delete(key);
  }
}

function keyOf(threadId: string, turnId: string): string {
  return JSON.stringify([threadId, turnId]);
}

function isSameWork(started: ThreadItem | null, other: ThreadItem): boolean {
  if (started === null) return false;
  const [a, b] = [started, other] as unknown as Readonly<Record<string, unknown>>[];
  return WORK.every((key) => isSame(a![key], b![key]));
}
