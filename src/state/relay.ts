import type { ThreadEvent } from "./event.ts";
import type { ThreadState } from "./thread_state.ts";

/** So many events may wait for a reader; past them it gets the state instead. */
const MOST_WAITING = 1000;

/** A state on its way to another place: first as a whole, then event by event. */
export class Relay implements AsyncIterableIterator<ThreadEvent> {
  readonly #getState: () => ThreadState;
  readonly #onReturn: () => void;
  #waiting: ThreadEvent[] = [];
  /** Whether the reader gets the whole state next, and not what waits. */
  #whole = true;
  #ended = false;
  #readers: ((result: IteratorResult<ThreadEvent>) => void)[] = [];

  constructor(getState: () => ThreadState, onReturn: () => void) {
    this.#getState = getState;
    this.#onReturn = onReturn;
  }

  /** The state has changed by an event. */
  push(event: ThreadEvent): void {
    if (this.#whole) return;
    if (this.#waiting.push(event) > MOST_WAITING) this.reset();
    this.#serve();
  }

  /** The state has changed by something else than an event. */
  reset(): void {
    this.#waiting = [];
    this.#whole = true;
    this.#serve();
  }

  /** No more events; what waits is still read. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  next(): Promise<IteratorResult<ThreadEvent>> {
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<ThreadEvent>> {
    this.#waiting = [];
    this.#whole = false;
    this.end();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const event = this.#take();
      if (event === undefined && !this.#ended) return;
      this.#readers.shift()!(event === undefined ? { done: true, value: undefined } : { done: false, value: event });
    }
  }

  #take(): ThreadEvent | undefined {
    if (!this.#whole) return this.#waiting.shift();
    this.#whole = false;
    const state = this.#getState();
    return { method: "state/snapshot", params: { threadId: state.threadId, state } };
  }
}
