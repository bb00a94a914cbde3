import type { NotificationOf, Turn } from "../../gen/mod.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { RecentMap } from "../util/recent_map.ts";
import { Channel, type ChannelLimits } from "./channel.ts";
import type { ResolvedLimits } from "./limits.ts";
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

/** What an event takes beside its text, with a record of its own at worst. */
const KEPT_BYTES = 512;

/** What is kept of turns beside what waits to be read. */
export type TurnLimits = Pick<ResolvedLimits, "turnBytes" | "rememberedBytes">;

/** Told how turns end by other means than an event of the server. */
export interface TurnEnds {
  /** The end was found; this event stands for it. */
  readonly onFound: (completion: NotificationOf<"turn/completed">) => void;
  /** There will be none. */
  readonly onFailed: (record: TurnRecord, error: unknown) => void;
}

interface Waiting {
  readonly channels: Map<string, Channel>;
  readonly released: Deferred<void>;
  /** How much was kept of what came for the thread, whichever turn it was of. */
  bytes: number;
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
  readonly totals: ThreadTotals;
  readonly #limits: ChannelLimits;
  readonly #turnBytes: number;
  readonly #onBusy: (busy: boolean) => void;
  readonly #ends: TurnEnds | undefined;
  readonly #turns = new RecentMap<TurnRecord>();
  readonly #provisional = new Map<string, TurnRecord>();
  readonly #starts = new Map<string, Set<Waiting>>();
  /** Events that name only their turn, until it is known whose that is. */
  #unplaced: { readonly turnId: string; readonly event: Notification; readonly bytes: number }[] = [];
  #unplacedBytes = 0;

  /**
   * @param limits What may wait in a turn's channel, and be kept of a thread before a reply says which turn was meant.
   * @param kept How much is kept of a turn's items, and remembered of threads.
   * @param onBusy Called with `true` when a turn is entered and with `false` when it is over, once each.
   */
  constructor(limits: ChannelLimits, kept: TurnLimits, onBusy: (busy: boolean) => void, ends?: TurnEnds) {
    this.#limits = limits;
    this.#turnBytes = kept.turnBytes;
    this.totals = new ThreadTotals(kept.rememberedBytes);
    this.#onBusy = onBusy;
    this.#ends = ends;
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
    return this.find(turnId)?.threadId ?? null;
  }

  /** The open turn of this id, or one of which it is not known yet whether this client started it. */
  find(turnId: string): TurnRecord | undefined {
    return this.#turns.get(turnId) ?? this.#provisional.get(turnId);
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
    const waiting: Waiting = { channels: new Map(), released: deferred(), bytes: 0 };
    const starts = this.#starts.get(threadId) ?? new Set();
    this.#starts.set(threadId, starts.add(waiting));
    return {
      adopt: (turnId) => this.#adopt(threadId, turnId, waiting),
      release: () => {
        waiting.released.resolve();
        if (!starts.delete(waiting) || starts.size > 0) return;
        this.#starts.delete(threadId);
        if (this.#starts.size === 0) this.#dropUnplaced();
        for (const [id, record] of this.#provisional) if (record.threadId === threadId) this.#provisional.delete(id);
      },
    };
  }

  /** Takes in one event that does not say of which thread it is, and whose turn is not known yet. */
  keep(turnId: string, event: Notification, bytes: number): void {
    if (this.#starts.size === 0) return; // no turn of this client can be meant
    this.#unplaced.push({ turnId, event, bytes });
    this.#unplacedBytes += bytes + KEPT_BYTES;
    while (this.#unplacedBytes > this.#limits.maxBytes) {
      this.#unplacedBytes -= this.#unplaced.shift()!.bytes + KEPT_BYTES;
    }
  }

  /** Takes in one event. */
  observe(threadId: string, turnId: string, event: Notification, bytes: number): void {
    if (this.#unplaced.length > 0) this.#place(threadId, turnId);
    const starts = this.#starts.size === 0 ? undefined : this.#starts.get(threadId);
    let record = this.#turns.get(turnId);
    if (starts !== undefined) {
      record ??= this.#provisional.get(turnId);
      if (record === undefined && ![...starts].every(isFull)) {
        record = new TurnRecord(threadId, turnId, this.#turnBytes, this.totals);
        this.#provisional.set(turnId, record);
      }
      for (const waiting of record === undefined ? [] : starts) this.#keep(waiting, record!, event, bytes);
    }
    if (record === undefined) return;
    record.observe(event, bytes);
    if (!record.over) return;
    this.#leave(record);
    if (starts === undefined) return;
    // A start that joined this turn may still wait for its reply.
    if (![...starts].every(isFull)) this.#provisional.set(turnId, record);
    for (const waiting of starts) waiting.channels.get(turnId)?.end();
  }

  /** Takes in one event of a sub-agent, for the turn that it works for. */
  observeAgent(rootTurnId: string, event: Notification, bytes: number): void {
    const record = this.find(rootTurnId);
    if (record === undefined) return;
    record.observeAgent(event, bytes);
    for (const waiting of this.#starts.get(record.threadId) ?? []) {
      if (waiting.channels.has(rootTurnId)) this.#keep(waiting, record, event, bytes);
    }
  }

  /** A turn's end was found by other means: as if its completion had come. */
  complete({ threadId, id }: TurnRecord, turn: Turn): void {
    const completion = { method: "turn/completed", params: { threadId, turn } } as const;
    this.#ends?.onFound(completion);
    this.observe(threadId, id, completion, 0);
  }

  fail(record: TurnRecord, error: unknown): void {
    this.#ends?.onFailed(record, error);
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
    this.#dropUnplaced();
  }

  /** It is known now of which thread a turn is: takes in the events that did not say. */
  #place(threadId: string, turnId: string): void {
    const kept = this.#unplaced.filter((each) => each.turnId === turnId);
    if (kept.length === 0) return;
    this.#unplaced = this.#unplaced.filter((each) => each.turnId !== turnId);
    for (const { bytes } of kept) this.#unplacedBytes -= bytes + KEPT_BYTES;
    for (const { event, bytes } of kept) this.observe(threadId, turnId, event, bytes);
  }

  #adopt(threadId: string, turnId: string, waiting: Waiting): { record: TurnRecord; channel: Channel } {
    this.#place(threadId, turnId);
    const record = this.#turns.get(turnId) ?? this.#provisional.get(turnId) ??
      new TurnRecord(threadId, turnId, this.#turnBytes, this.totals);
    const channel = this.#channelOf(waiting, record);
    if (!record.over) {
      record.attach(channel, true);
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

  /** Past the bound nothing is kept, and the turn that was meant has a stream that says so. */
  #keep(waiting: Waiting, record: TurnRecord, event: Notification, bytes: number): void {
    if (isFull(waiting)) return;
    waiting.bytes += bytes + KEPT_BYTES;
    if (waiting.bytes <= this.#limits.maxBytes) return this.#channelOf(waiting, record).push(event, bytes);
    waiting.bytes = Infinity;
    for (const channel of waiting.channels.values()) channel.overflow();
    for (const [id, { threadId }] of this.#provisional) if (threadId === record.threadId) this.#provisional.delete(id);
  }

  #channelOf(waiting: Waiting, record: TurnRecord): Channel {
    let channel = waiting.channels.get(record.id);
    if (channel === undefined) {
      channel = new Channel(this.#limits);
      if (isFull(waiting)) channel.overflow();
      waiting.channels.set(record.id, channel);
    }
    return channel;
  }

  #dropUnplaced(): void {
    this.#unplaced = [];
    this.#unplacedBytes = 0;
  }

  #leave(record: TurnRecord): void {
    if (this.#turns.delete(record.id)) this.#onBusy(false);
  }
}

/** Whether more has come than is kept. */
function isFull({ bytes }: Waiting): boolean {
  return bytes === Infinity;
}
