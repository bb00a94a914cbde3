import type { Batch, ConnectionInfo, ConnectionKind, Direction, WireEvent } from "../wire.ts";

/** How much is kept. */
export interface LogLimits {
  readonly maxEvents: number;
  readonly maxChars: number;
}

/** A batch has no more than so many events, and ends after so many characters: the page draws between two. */
const BATCH_EVENTS = 500;
const BATCH_CHARS = 512 * 1024;

/** Milliseconds since 1970, with their fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * What has been seen: the last so many events. Older ones go, and readers see that they did; readers have no queues of
 * their own, so a slow one costs nothing.
 */
export class EventLog {
  readonly limits: LogLimits;
  /** The oldest stands at `#head`; what is before it has gone. */
  #events: (WireEvent | undefined)[] = [];
  #head = 0;
  readonly #connections: ConnectionInfo[] = [];
  readonly #listeners = new Set<(event: WireEvent) => void>();
  #first = 0;
  #chars = 0;
  /** Counts changes of the connections. */
  #changes = 0;
  #wake = new Set<() => void>();

  constructor(limits: LogLimits) {
    this.limits = limits;
  }

  /** The number of the oldest event that is kept: so many have gone. */
  get first(): number {
    return this.#first;
  }

  /** How many events there have been. */
  get next(): number {
    return this.#first + this.#events.length - this.#head;
  }

  get connections(): readonly ConnectionInfo[] {
    return this.#connections;
  }

  /** Opens a connection's place in the log; returns its number. */
  connect(kind: ConnectionKind, title: string, startedAt: number = now()): number {
    const id = this.#connections.length;
    this.#connections.push({ id, kind, title, startedAt, ended: null });
    this.#changed();
    return id;
  }

  /** Says how a connection ended. */
  end(id: number, ended: string): void {
    const connection = this.#connections[id];
    if (connection === undefined || connection.ended !== null) return;
    this.#connections[id] = { ...connection, ended };
    this.#changed();
  }

  /** @param length The whole length, if the line was cut. */
  add(c: number, d: Direction, l: string, t: number = now(), length: number = l.length): void {
    const cut = length > l.length ? { x: length } : {};
    const event: WireEvent = { n: this.next, c, t: Math.round(t * 10) / 10, d, l, ...cut };
    this.#events.push(event);
    this.#chars += l.length;
    this.#forget();
    for (const listener of this.#listeners) listener(event);
    this.#awake();
  }

  /** Calls a listener with every event to come. Returns what stops it. */
  listen(listener: (event: WireEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads batches from an event on, for ever, until the signal aborts. */
  async *batches(from: number, signal: AbortSignal): AsyncGenerator<Batch> {
    let at = Math.max(0, Math.min(from, this.next));
    let seen = -1;
    while (!signal.aborted) {
      at = Math.max(at, this.#first);
      const events: WireEvent[] = [];
      for (let chars = 0; at < this.next && events.length < BATCH_EVENTS && chars < BATCH_CHARS; at++) {
        const event = this.#events[this.#head + at - this.#first]!;
        events.push(event);
        chars += event.l.length;
      }
      if (events.length > 0 || seen !== this.#changes) {
        const connections = seen === this.#changes ? {} : { connections: [...this.#connections] };
        seen = this.#changes;
        yield { first: this.#first, next: this.next, events, ...connections };
      } else {
        await this.#more(signal);
      }
    }
  }

  /** Lets the oldest go while there is too much, but for the newest. */
  #forget(): void {
    const { maxEvents, maxChars } = this.limits;
    while (this.next - this.#first > 1 && (this.next - this.#first > maxEvents || this.#chars > maxChars)) {
      this.#chars -= this.#events[this.#head]!.l.length;
      this.#events[this.#head] = undefined;
      this.#head++;
      this.#first++;
    }
    // Now and then, for it moves all that is kept.
    if (this.#head > 1024 && this.#head > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  #changed(): void {
    this.#changes++;
    this.#awake();
  }

  #awake(): void {
    const waiting = this.#wake;
    if (waiting.size === 0) return;
    this.#wake = new Set();
    for (const wake of waiting) wake();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#wake.delete(done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#wake.add(done);
    });
  }
}
