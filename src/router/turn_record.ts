import type { ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, Turn } from "../../gen/mod.ts";
import { TransportClosedError } from "../errors.ts";
import { coarseNow } from "../util/coarse_clock.ts";
import { type Deferred, deferred, quiet } from "../util/deferred.ts";
import { isSame } from "../util/same_json.ts";
import type { Channel } from "./channel.ts";
import type { Notification } from "./notification.ts";
import { type ThreadTotals, type Used, usedBetween } from "./thread_totals.ts";

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
  /** What the server last said of a failure: why it tries something again, or that it could not read a message. */
  trouble: string | null = null;
  /** When the last event of this turn came, as `performance.now()` gives it. */
  lastEventAt: number = performance.now();
  readonly #maxBytes: number;
  readonly #items: ThreadItem[] = [];
  /** The ids of those that were started and not completed. */
  readonly #started = new Set<string>();
  #bytes = 0;
  /** A list: to walk along a set takes twice as long, for every event. */
  #channels: readonly Channel[] = [];
  /** Those of them that are for the events of sub-agents as well. */
  #ofAgents: readonly Channel[] = [];
  readonly #held = new Set<object>();
  readonly #done: Deferred<Turn> = deferred();
  readonly #totals: ThreadTotals;
  #used: Used | undefined;
  #usage: ThreadTokenUsage | null = null;
  #tokens: TokenUsageBreakdown | null = null;
  /** What the thread had used before. */
  #before: TokenUsageBreakdown | undefined;
  readonly #watchers: ((tokens: TokenUsageBreakdown) => void)[] = [];
  #completion: Notification | undefined;
  #resumed = false;
  #over = false;

  /** @param maxBytes How much of its items is kept; past it, all of them are the server's to tell. */
  constructor(threadId: string, id: string, maxBytes: number, totals: ThreadTotals) {
    this.threadId = threadId;
    this.id = id;
    this.#maxBytes = maxBytes;
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

  /** The completed items so far, in the order of their completion. Two of them can have one id. */
  get items(): ThreadItem[] {
    return [...this.#items];
  }

  /** The notification that ended the turn, if it was a notification. */
  get completion(): Notification | undefined {
    return this.#completion;
  }

  /** The last usage that the server reported of it: that may come behind its end. */
  get usage(): ThreadTokenUsage | null {
    return this.#told()?.usage ?? this.#usage;
  }

  /** What this turn alone has used, as far as it was seen. */
  get tokens(): TokenUsageBreakdown | null {
    const told = this.#told();
    return told === undefined ? this.#tokens : usedBetween(told.before, told.usage.total);
  }

  /** Has `watch` told what the turn has used, each time that the server tells of it. */
  watchTokens(watch: (tokens: TokenUsageBreakdown) => void): void {
    this.#watchers.push(watch);
  }

  /** @param agents Whether the channel is for the events of sub-agents as well. */
  attach(channel: Channel, agents = false): void {
    if (this.#over) return;
    this.#channels = [...this.#channels, channel];
    if (agents) this.#ofAgents = [...this.#ofAgents, channel];
  }

  detach(channel: Channel): void {
    const isOther = (attached: Channel) => attached !== channel;
    this.#channels = this.#channels.filter(isOther);
    this.#ofAgents = this.#ofAgents.filter(isOther);
  }

  /** Keeps something for as long as the turn runs. */
  hold(held: object): void {
    if (!this.#over) this.#held.add(held);
  }

  /** Hands on an event of a sub-agent, whose own it stays. */
  observeAgent(event: Notification, bytes: number): void {
    this.lastEventAt = coarseNow();
    for (const channel of this.#ofAgents) channel.push(event, bytes);
  }

  /** Takes in one event of this turn and hands it on. `bytes` is its length on the wire. */
  observe(event: Notification, bytes: number): void {
    if (this.#over || (this.#resumed && this.#isSeen(event))) return;
    this.begun = true;
    this.lastEventAt = coarseNow();
    for (const channel of this.#channels) channel.push(event, bytes);
    // Whatever the types say, a message of the server may lack anything but the ids that have brought it here.
    switch (event.method) {
      case "turn/started":
        this.complete = true;
        break;
      case "item/started":
      case "item/completed": {
        const { item } = event.params;
        if (item?.id === undefined) break;
        if (event.method === "item/started") this.#started.add(item.id);
        else this.#keep(item);
        this.#take(bytes);
        break;
      }
      case "error": {
        const { error } = event.params;
        const said: unknown[] = [error?.message, error?.additionalDetails];
        this.trouble = said.filter((each) => typeof each === "string" && each !== "").join(": ");
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
    for (const item of missing(items, this.#items)) {
      this.#started.add(item.id);
      this.observe({ method: "item/completed", params: { threadId, turnId, item, completedAtMs: Date.now() } }, 0);
    }
  }

  /** The connection is gone, or the turn is lost: everything that waits for this turn fails. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#held.clear();
    const reason = error instanceof TransportClosedError ? withItems(error, this.items) : error;
    for (const channel of this.#channels) channel.fail(reason);
    this.#channels = this.#ofAgents = [];
    this.#done.reject(reason);
  }

  /** Behind a gap: the completion of an item that was read there already. */
  #isSeen(event: Notification): boolean {
    if (event.method !== "item/completed") return false;
    const id = event.params.item?.id;
    return !this.#started.has(id) && this.#items.some((item) => item.id === id);
  }

  #use(usage: ThreadTokenUsage): void {
    this.#usage = usage;
    const { total, last } = usage;
    if (total == null) return;
    this.#before ??= this.#totals.before(this.threadId, this.id) ?? usedBetween(last, total);
    this.#tokens = usedBetween(this.#before, total);
    this.#told();
    for (const watch of this.#watchers) watch(this.#tokens);
  }

  /** What is known of it among the threads: kept from then on, for there the next turn takes its place. */
  #told(): Used | undefined {
    return this.#used ??= this.#totals.of(this.threadId, this.id);
  }

  /** The id of an item is the call's, which the model chooses: it is another item if it was started again, or differs. */
  #keep(item: ThreadItem): void {
    if (!this.#started.delete(item.id)) {
      const before = this.#items.findLast(({ id }) => id === item.id);
      if (before !== undefined && isSame(before, item)) return;
    }
    this.#items.push(item);
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#maxBytes) return;
    this.#items.length = 0;
    this.#started.clear();
    this.#bytes = 0;
    this.complete = false;
  }

  #finish(turn: Turn): void {
    this.#over = true;
    this.#held.clear();
    for (const channel of this.#channels) channel.end();
    this.#channels = this.#ofAgents = [];
    this.#done.resolve(filled(turn, this.#items));
  }
}

/** The turn with every item, as the server gave them or as they were seen: in its order, if it gave all of them. */
export function filled(turn: Turn, seen: readonly ThreadItem[]): Turn {
  const given = (Array.isArray(turn.items) ? turn.items : []).filter(isItem);
  const [first, second] = turn.itemsView === "full" ? [given, seen] : [seen, given];
  return { ...turn, items: [...first, ...missing(second, first)], itemsView: "full" };
}

/** Whatever the types say, a list of items can have an entry that is none. */
function isItem(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null;
}

/** Those of `items` that are not among `known`, where each of these stands for one of its id. */
function missing(items: readonly ThreadItem[], known: readonly ThreadItem[]): ThreadItem[] {
  const left = new Map<string, number>();
  for (const { id } of known) left.set(id, (left.get(id) ?? 0) + 1);
  return items.filter(({ id }) => {
    const count = left.get(id) ?? 0;
    left.set(id, count - 1);
    return count <= 0;
  });
}

function withItems(error: TransportClosedError, items: readonly ThreadItem[]): TransportClosedError {
  const { exit, stderrTail } = error;
  return new TransportClosedError(error.message, { exit: exit ?? undefined, stderrTail, items, cause: error });
}
