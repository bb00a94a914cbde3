import type { ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, Turn } from "../../gen/mod.ts";
import { TransportClosedError } from "../errors.ts";
import { coarseNow } from "../util/coarse_clock.ts";
import { type Deferred, deferred, quiet } from "../util/deferred.ts";
import type { Channel } from "./channel.ts";
import type { Notification } from "./notification.ts";
import { ThreadTotals, usedBetween } from "./thread_totals.ts";

/**
 * What has been seen of one turn, and the one place that says whether it is over.
 *
 * A turn is over when `turn/completed` comes for its id, when its end is read from the server's stored turns, or when
 * the connection is gone for good. Nothing else ends it: not an error that will be retried, not an idle thread, not a
 * final message.
 */
export class TurnRecord {
  readonly threadId: string;
  readonly id: string;
  /** Whether anything of it has been seen: the server works on it, or has. */
  begun = false;
  /** Whether the turn was seen from its start; else its first items are missing here. */
  complete = false;
  /** The last usage that the server reported. */
  usage: ThreadTokenUsage | null = null;
  /** What this turn alone has used, as far as it was seen. */
  tokens: TokenUsageBreakdown | null = null;
  /** What the server last said of a failure: why it tries something again, or that it could not read a message. */
  trouble: string | null = null;
  /** When the last event of this turn came, as `performance.now()` gives it. */
  lastEventAt: number = performance.now();
  /** A list, and where the last one of each id stands in it: two items of a turn can share one, as the model gives it. */
  readonly #items: ThreadItem[] = [];
  readonly #places = new Map<string, number>();
  readonly #open = new Map<string, ThreadItem>();
  /** A list: to walk along a set takes twice as long, for every event. */
  #channels: readonly Channel[] = [];
  readonly #done: Deferred<Turn> = deferred();
  readonly #totals: ThreadTotals;
  /** What the thread had used before. */
  #before: TokenUsageBreakdown | undefined;
  readonly #watchers: ((tokens: TokenUsageBreakdown) => void)[] = [];
  #completion: Notification | undefined;
  #resumed = false;
  #over = false;

  constructor(threadId: string, id: string, totals: ThreadTotals = new ThreadTotals()) {
    this.threadId = threadId;
    this.id = id;
    this.#totals = totals;
    quiet(this.#done.promise);
  }

  /** Resolves with the finished turn, its items filled in; rejects if its end can no longer be known. */
  get done(): Promise<Turn> {
    return this.#done.promise;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The completed items so far, in the order of their completion. */
  get items(): ThreadItem[] {
    return [...this.#items];
  }

  /** An item of this turn that has been seen, completed or not: the last one of its id. */
  item(itemId: string): ThreadItem | null {
    return this.#open.get(itemId) ?? this.#items[this.#places.get(itemId) ?? -1] ?? null;
  }

  /** The notification that ended the turn, if it was a notification. */
  get completion(): Notification | undefined {
    return this.#completion;
  }

  /** Has `watch` told what the turn has used, each time that the server tells of it. */
  watchTokens(watch: (tokens: TokenUsageBreakdown) => void): void {
    this.#watchers.push(watch);
  }

  attach(channel: Channel): void {
    if (!this.#over) this.#channels = [...this.#channels, channel];
  }

  detach(channel: Channel): void {
    this.#channels = this.#channels.filter((attached) => attached !== channel);
  }

  /** Takes in one event of this turn and hands it on. `bytes` is its length on the wire. */
  observe(event: Notification, bytes: number): void {
    if (this.#over || this.#isRepeated(event)) return;
    this.begun = true;
    this.lastEventAt = coarseNow();
    for (const channel of this.#channels) channel.push(event, bytes);
    // Whatever the types say, a message of the server may lack anything but the ids that have brought it here.
    switch (event.method) {
      case "turn/started":
        this.complete = true;
        break;
      case "item/started":
        if (event.params.item?.id !== undefined) this.#open.set(event.params.item.id, event.params.item);
        break;
      case "item/completed":
        if (event.params.item?.id !== undefined) this.#complete(event.params.item);
        break;
      case "error": {
        const { error } = event.params;
        this.trouble = [error?.message, error?.additionalDetails].filter(Boolean).join(": ");
        break;
      }
      case "thread/tokenUsage/updated":
        if (event.params.tokenUsage != null) this.#use(event.params.tokenUsage);
        break;
      case "turn/completed":
        this.#completion = event;
        this.#finish(event.params.turn);
        break;
    }
  }

  /** The turn goes on over a new connection: what the server sent meanwhile is missing here. */
  gap(): void {
    this.complete = false;
    this.#resumed = true;
    this.observe({ method: "connection/gap", params: { threadId: this.threadId, turnId: this.id } }, 0);
  }

  /** Hands on the items that were completed in a gap; one that is announced again is not. */
  catchUp(items: readonly ThreadItem[]): void {
    const { threadId, id: turnId } = this;
    for (const item of items) {
      this.observe({ method: "item/completed", params: { threadId, turnId, item, completedAtMs: Date.now() } }, 0);
    }
  }

  /** The connection is gone, or the turn is lost: everything that waits for this turn fails. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    const reason = error instanceof TransportClosedError ? withItems(error, this.items) : error;
    for (const channel of this.#channels) channel.fail(reason);
    this.#channels = [];
    this.#done.reject(reason);
  }

  #isRepeated(event: Notification): boolean {
    if (!this.#resumed || event.method !== "item/completed") return false;
    const id = event.params.item?.id;
    return this.#places.has(id) && !this.#open.has(id);
  }

  #use(usage: ThreadTokenUsage): void {
    this.usage = usage;
    const { total, last } = usage;
    if (total == null) return;
    // Of a thread that nothing was heard of before, what its last request has used is what is new.
    this.#before ??= this.#totals.before(this.threadId, this.id) ?? usedBetween(last, total);
    this.tokens = usedBetween(this.#before, total);
    for (const watch of this.#watchers) watch(this.tokens);
  }

  /** An item takes the place of the one before of its id, unless it was seen to start anew. */
  #complete(item: ThreadItem): void {
    const isNew = this.#open.delete(item.id);
    const place = this.#places.get(item.id);
    if (place === undefined || isNew) this.#places.set(item.id, this.#items.push(item) - 1);
    else this.#items[place] = item;
  }

  #finish(turn: Turn): void {
    this.#over = true;
    for (const channel of this.#channels) channel.end();
    this.#channels = [];
    this.#done.resolve(filled(turn, this.items));
  }
}

/** The turn with every item, as the server gave them or as they were seen: in its order, if it gave all of them. */
export function filled(turn: Turn, seen: readonly ThreadItem[]): Turn {
  const given = Array.isArray(turn.items) ? turn.items : [];
  const [first, second] = turn.itemsView === "full" ? [given, seen] : [seen, given];
  const known = new Set(first.map((item) => item.id));
  const items = [...first, ...second.filter((item) => !known.has(item.id))];
  return { ...turn, items, itemsView: "full" };
}

function withItems(error: TransportClosedError, items: readonly ThreadItem[]): TransportClosedError {
  const { exit, stderrTail } = error;
  return new TransportClosedError(error.message, { exit: exit ?? undefined, stderrTail, items, cause: error });
}
