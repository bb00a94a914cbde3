import { StreamOverflowError } from "../errors.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { type DeltaNotification, isMergeable, MergedDelta, sameSource } from "./merged_delta.ts";
import type { Notification } from "./notification.ts";

/** How many events of other threads a delta is looked for behind: as many as agents that speak at a time. */
const THREADS_BETWEEN = 8;

/** What may wait in one channel. */
export interface ChannelLimits {
  /** Past this many waiting events, neighbouring deltas of one item are joined. */
  readonly mergeAfter: number;
  /** Past this many waiting bytes the channel fails. */
  readonly maxBytes: number;
}

/** What a channel asks of, and tells to, those around it. */
export interface ChannelOptions {
  /** What its reader wants to see; the rest is not kept. Default: everything. */
  readonly accepts?: (event: Notification) => boolean;
  /** Called when the reader stops early. */
  readonly onReturn?: () => void;
  /** Called when a reader starts to wait (`true`) and when none waits any more (`false`). */
  readonly onWaiting?: (waiting: boolean) => void;
}

/**
 * The buffer between the read loop, which never waits, and one reader, which may be slow or gone.
 *
 * Bounded: past `mergeAfter` waiting events, neighbouring deltas of one item become one (their text is kept whole); past
 * `maxBytes` the channel drops what waits and fails with {@linkcode StreamOverflowError}, and only this channel.
 */
export class Channel implements AsyncIterableIterator<Notification> {
  readonly #limits: ChannelLimits;
  readonly #options: ChannelOptions;
  #queue: (Notification | MergedDelta | undefined)[] = [];
  /** The length of each. Beside the queue, and not in it: that would take an object for every event. */
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;
  #readers: Deferred<IteratorResult<Notification>>[] = [];
  #state: "open" | "ended" | "failed" = "open";
  #error: unknown;

  constructor(limits: ChannelLimits, options: ChannelOptions = {}) {
    this.#limits = limits;
    this.#options = options;
  }

  /** How many events wait. */
  get size(): number {
    return this.#queue.length - this.#head;
  }

  /** Hands an event to the waiting reader, or keeps it. `bytes` is its length on the wire. */
  push(event: Notification, bytes: number): void {
    if (this.#state !== "open" || this.#options.accepts?.(event) === false) return;
    if (this.#readers.length > 0) {
      const reader = this.#readers.shift()!;
      if (this.#readers.length === 0) this.#options.onWaiting?.(false);
      reader.resolve({ done: false, value: event });
      return;
    }
    if (this.size >= this.#limits.mergeAfter && this.#merge(event)) return this.#checkBytes();
    this.#queue.push(event);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    this.#checkBytes();
  }

  /** No more events; those that wait are still delivered. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#settleReaders((reader) => reader.resolve({ done: true, value: undefined }));
  }

  /** No more events; those that wait are still delivered, then the reader gets the error, once. */
  fail(error: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#error = error;
    this.#settleReaders((reader) => {
      this.#state = "ended";
      reader.reject(error);
    });
  }

  /** A second channel with the same waiting events, or those of them that `keeps` lets through, for another reader. */
  fork(options: ChannelOptions = {}, keeps: (event: Notification) => boolean = () => true): Channel {
    const copy = new Channel(this.#limits, options);
    for (let at = this.#head; at < this.#queue.length; at++) {
      const event = asNotification(this.#queue[at]!);
      if (keeps(event)) copy.push(event, this.#sizes[at]!);
    }
    copy.#state = this.#state;
    copy.#error = this.#error;
    return copy;
  }

  next(): Promise<IteratorResult<Notification>> {
    const waiting = this.#queue[this.#head];
    if (waiting !== undefined) return Promise.resolve({ done: false, value: this.#shift(waiting) });
    if (this.#state === "failed") {
      this.#state = "ended";
      return Promise.reject(this.#error);
    }
    if (this.#state === "ended") return Promise.resolve({ done: true, value: undefined });
    const reader = deferred<IteratorResult<Notification>>();
    if (this.#readers.push(reader) === 1) this.#options.onWaiting?.(true);
    return reader.promise;
  }

  return(): Promise<IteratorResult<Notification>> {
    if (this.#state !== "ended" || this.size > 0) {
      this.#clear();
      this.#state = "open";
      this.end();
      this.#options.onReturn?.();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #shift(waiting: Notification | MergedDelta): Notification {
    this.#bytes -= this.#sizes[this.#head]!;
    this.#queue[this.#head++] = undefined;
    if (this.#head === this.#queue.length) this.#clear();
    else if (this.#head >= 1024 && this.#head * 2 >= this.#queue.length) {
      // Amortised: whatever is moved here was preceded by as many reads.
      this.#queue = this.#queue.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
    return asNotification(waiting);
  }

  #clear(): void {
    this.#queue = [];
    this.#sizes = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  /** Joins a delta with the last of its thread: what other threads did meanwhile is in no order with it. */
  #merge(event: Notification): boolean {
    if (!isMergeable(event)) return false;
    const oldest = Math.max(this.#head, this.#queue.length - THREADS_BETWEEN - 1);
    for (let at = this.#queue.length - 1; at >= oldest; at--) {
      const last = this.#queue[at]!;
      const first = last instanceof MergedDelta ? last.first : last;
      if (isMergeable(first) && sameSource(first, event)) {
        this.#append(at, last instanceof MergedDelta ? last : new MergedDelta(first), event);
        return true;
      }
      const thread = threadOf(first);
      if (thread === undefined || thread === threadOf(event)) return false;
    }
    return false;
  }

  #append(at: number, into: MergedDelta, { params }: DeltaNotification): void {
    into.append(params.delta);
    this.#queue[at] = into;
    // Only its text counts from here on: the rest of each joined event is gone.
    this.#sizes[at]! += params.delta.length;
    this.#bytes += params.delta.length;
  }

  #checkBytes(): void {
    if (this.#bytes > this.#limits.maxBytes) this.overflow();
  }

  /** More has come than may wait: drops what waits, and fails. */
  overflow(): void {
    if (this.#state !== "open") return;
    this.#clear();
    const limit = this.#limits.maxBytes;
    this.fail(
      new StreamOverflowError(
        limit,
        `A stream's reader fell behind by more than ${limit} bytes, so this stream was given up. ` +
          `Read it faster, or raise limits.streamBytes`,
      ),
    );
    this.#options.onReturn?.();
  }

  #settleReaders(settle: (reader: Deferred<IteratorResult<Notification>>) => void): void {
    const readers = this.#readers;
    if (readers.length === 0) return;
    this.#readers = [];
    this.#options.onWaiting?.(false);
    const [first, ...rest] = readers;
    settle(first!);
    for (const reader of rest) reader.resolve({ done: true, value: undefined });
  }
}

function asNotification(event: Notification | MergedDelta): Notification {
  return event instanceof MergedDelta ? event.toNotification() : event;
}

function threadOf(event: Notification): unknown {
  return (event.params as { readonly threadId?: unknown } | null | undefined)?.threadId;
}
