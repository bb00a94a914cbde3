import type { Turn } from "../../gen/mod.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { RecentMap } from "../util/recent_map.ts";
import { Channel, type ChannelLimits } from "./channel.ts";
import type { Notification } from "./notification.ts";
import { ThreadTotals } from "./thread_totals.ts";
import { TurnRecord } from "./turn_record.ts";

/** A `turn/start` between its writing and its reply: keeps what comes for the thread meanwhile. */
export interface TurnStart {
  /** The reply named the turn: hands over its record and a channel with everything since the request was written. */
  adopt(turnId: string): { readonly record: TurnRecord; readonly channel: Channel };
  /** Lets go of what was kept. To be called in every case, after `adopt` if there was one. */
  release(): void;
}

/** How many events that name only their turn are kept until it is known whose that is. */
const UNPLACED_MAX = 1024;

interface Waiting {
  readonly channels: Map<string, Channel>;
  readonly released: Deferred<void>;
}

/**
 * The turns that this client has started and that are not over.
 *
 * Events of a turn can come before the reply that tells its id, even the last one. So from the moment that a
 * `turn/start` is written, the turns of its thread are recorded; the reply says which of them was meant, and the others
 * are dropped.
 */
export class TurnTable {
  /** What the threads of these turns have used. */
  readonly totals: ThreadTotals = new ThreadTotals();
  readonly #limits: ChannelLimits;
  readonly #onBusy: (busy: boolean) => void;
  readonly #turns = new RecentMap<TurnRecord>();
  readonly #provisional = new Map<string, TurnRecord>();
  readonly #starts = new Map<string, Set<Waiting>>();
  #unplaced: { readonly turnId: string; readonly event: Notification; readonly bytes: number }[] = [];

  /**
   * @param limits What may wait in a turn's channel.
   * @param onBusy Called with `true` when a turn is entered and with `false` when it is over, once each.
   */
  constructor(limits: ChannelLimits, onBusy: (busy: boolean) => void) {
    this.#limits = limits;
    this.#onBusy = onBusy;
  }

  /** How many turns and starts are kept. */
  get size(): number {
    return this.#turns.size + this.#provisional.size + this.#starts.size + this.#unplaced.length;
  }

  /** The open turn of this id, if this client started it. */
  get(turnId: string): TurnRecord | undefined {
    return this.#turns.get(turnId);
  }

  /** The thread of a turn, if it is one of this client's open ones, or may be. */
  threadOf(turnId: string): string | null {
    return (this.#turns.get(turnId) ?? this.#provisional.get(turnId))?.threadId ?? null;
  }

  /** The open turns of this client. */
  records(): TurnRecord[] {
    return [...this.#turns.values()];
  }

  /** Resolves when no start of this thread waits for its reply: only then is it known whose its turns are. */
  async settled(threadId: string): Promise<void> {
    await Promise.all([...this.#starts.get(threadId) ?? []].map((waiting) => waiting.released.promise));
  }

  /** To be called right before a `turn/start` is written. */
  start(threadId: string): TurnStart {
    const waiting: Waiting = { channels: new Map(), released: deferred() };
    const starts = this.#starts.get(threadId) ?? new Set();
    this.#starts.set(threadId, starts.add(waiting));
    return {
      adopt: (turnId) => this.#adopt(threadId, turnId, waiting),
      release: () => {
        waiting.released.resolve();
        if (!starts.delete(waiting) || starts.size > 0) return;
        this.#starts.delete(threadId);
        if (this.#starts.size === 0) this.#unplaced = [];
        for (const [id, record] of this.#provisional) if (record.threadId === threadId) this.#provisional.delete(id);
      },
    };
  }

  /** Takes in one event that does not say of which thread it is, and whose turn is not known yet. */
  keep(turnId: string, event: Notification, bytes: number): void {
    if (this.#starts.size === 0) return; // no turn of this client can be meant
    this.#unplaced.push({ turnId, event, bytes });
    if (this.#unplaced.length > UNPLACED_MAX) this.#unplaced.shift();
  }

  /** Takes in one event. */
  observe(threadId: string, turnId: string, event: Notification, bytes: number): void {
    if (this.#unplaced.length > 0) this.#place(threadId, turnId);
    const starts = this.#starts.size === 0 ? undefined : this.#starts.get(threadId);
    let record = this.#turns.get(turnId);
    if (starts !== undefined) {
      record ??= this.#provisional.get(turnId);
      if (record === undefined) {
        record = new TurnRecord(threadId, turnId, this.totals);
        this.#provisional.set(turnId, record);
      }
      for (const waiting of starts) this.#channelOf(waiting, record).push(event, bytes);
    }
    if (record === undefined) return;
    record.observe(event, bytes);
    if (!record.over) return;
    this.#leave(record);
    if (starts === undefined) return;
    // A start that joined this turn may still wait for its reply.
    this.#provisional.set(turnId, record);
    for (const waiting of starts) waiting.channels.get(turnId)?.end();
  }

  /** A turn's end was found by other means: as if its completion had come. */
  complete({ threadId, id }: TurnRecord, turn: Turn): void {
    this.observe(threadId, id, { method: "turn/completed", params: { threadId, turn } }, 0);
  }

  fail(record: TurnRecord, error: unknown): void {
    record.fail(error);
    this.#leave(record);
  }

  /** Fails the turns that run; a start that has no reply yet fails with its request. */
  failOpen(error: unknown): void {
    for (const record of this.records()) this.fail(record, error);
  }

  /** Fails every turn. */
  failAll(error: unknown): void {
    this.failOpen(error);
    for (const record of this.#provisional.values()) record.fail(error);
    this.#provisional.clear();
    this.#starts.clear();
    this.#unplaced = [];
  }

  /** It is known now of which thread a turn is: takes in the events that did not say. */
  #place(threadId: string, turnId: string): void {
    const kept = this.#unplaced.filter((each) => each.turnId === turnId);
    if (kept.length === 0) return;
    this.#unplaced = this.#unplaced.filter((each) => each.turnId !== turnId);
    for (const { event, bytes } of kept) this.observe(threadId, turnId, event, bytes);
  }

  #adopt(threadId: string, turnId: string, waiting: Waiting): { record: TurnRecord; channel: Channel } {
    this.#place(threadId, turnId);
    const record = this.#turns.get(turnId) ?? this.#provisional.get(turnId) ??
      new TurnRecord(threadId, turnId, this.totals);
    const channel = this.#channelOf(waiting, record);
    if (!record.over) {
      record.attach(channel);
      if (!this.#turns.has(turnId)) {
        this.#turns.set(turnId, record);
        this.#onBusy(true);
      }
      this.#provisional.delete(turnId);
    }
    // From here on the record feeds this channel.
    waiting.channels.delete(turnId);
    return { record, channel };
  }

  #channelOf(waiting: Waiting, record: TurnRecord): Channel {
    let channel = waiting.channels.get(record.id);
    if (channel === undefined) {
      channel = new Channel(this.#limits);
      waiting.channels.set(record.id, channel);
    }
    return channel;
  }

  #leave(record: TurnRecord): void {
    if (this.#turns.delete(record.id)) this.#onBusy(false);
  }
}
