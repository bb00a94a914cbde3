import type { RequestId } from "../message/message.ts";
import { onAbort } from "../util/abort.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { requestTimeout } from "./request_timeout.ts";
import type { TraceContext } from "./trace.ts";

/** How one request is to be made. */
export interface PendingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Goes with the request, beside its params. */
  readonly trace?: TraceContext | undefined;
  /**
   * `urgent` goes past the queue: interrupts and steers must not wait behind what they are to stop. `handshake` is sent
   * although the connection is not open to others yet.
   */
  readonly priority?: "normal" | "urgent" | "handshake" | undefined;
  /** Once sent, the answer is waited for although the signal aborts: its effect has to be known. */
  readonly keepWhenSent?: boolean | undefined;
  /** Told of the result before the next message is looked at; the caller is told a moment later. */
  readonly onResult?: ((result: unknown) => void) | undefined;
}

/** What became of the answer to a request. */
export type Settled = "settled" | "late" | "unknown";

interface Entry {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly trace: TraceContext | undefined;
  readonly answer: Deferred<unknown>;
  readonly release: () => void;
  readonly onResult: ((result: unknown) => void) | undefined;
  state: "queued" | "sent";
  /** Why there may be no answer, if the server has said so. */
  trouble?: string;
}

/** A request as it is written. */
export interface OutgoingRequest {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown;
  readonly trace?: TraceContext;
}

/** How long a request that its caller gave up keeps its place in the window, if the server never answers it. */
const ABANDONED_MS = 10_000;
/** How many given-up requests are remembered, to tell their late answers from unknown ones. */
const ABANDONED_MAX = 1024;

/**
 * The requests that wait for their answer, and the window that they pass through.
 *
 * The server drops refusals when it is flooded, and a request whose refusal was dropped is never answered. So at most
 * `window` requests are in flight; the rest wait in order, and can be given up while they wait.
 *
 * Begins paused: nothing but a handshake is sent before `resume`.
 */
export class PendingRequests {
  readonly #window: number;
  readonly #write: (message: OutgoingRequest) => Promise<void>;
  readonly #onBusy: (busy: boolean) => void;
  readonly #sent = new Map<RequestId, Entry>();
  /** A Set keeps its order, and takes an aborted request out of the middle. */
  readonly #queue = new Set<Entry>();
  /** Given up after they were sent: id -> until when each keeps its place. */
  readonly #abandoned = new Map<RequestId, number>();
  #paused = true;
  #nextId = 1;
  #cancelSweep: (() => void) | undefined;

  /**
   * @param window How many requests may be in flight.
   * @param write Writes one request; its rejection rejects that request.
   * @param onBusy Called with `true` when the first request comes and with `false` when the last is settled.
   */
  constructor(
    window: number,
    write: (message: OutgoingRequest) => Promise<void>,
    onBusy: (busy: boolean) => void,
  ) {
    this.#window = window;
    this.#write = write;
    this.#onBusy = onBusy;
  }

  /** How many requests wait for an answer or for their turn. */
  get size(): number {
    return this.#sent.size + this.#queue.size;
  }

  /** How many requests were given up and may still be answered. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  request(method: string, params: unknown, options: PendingOptions = {}): Promise<unknown> {
    const { signal, timeoutMs, trace, priority = "normal", keepWhenSent = false, onResult } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const answer = deferred<unknown>();
    const giveUp = (reason: unknown) => {
      this.#remove(entry, true);
      answer.reject(reason);
    };
    const stopTimer = startTimer(timeoutMs, () => giveUp(requestTimeout(method, timeoutMs!, entry.trouble)));
    const stopListening = onAbort(signal, (reason) => {
      if (!keepWhenSent || entry.state === "queued") giveUp(reason);
    });
    const release = () => {
      stopTimer();
      stopListening();
    };
    const entry: Entry = { id: this.#nextId++, method, params, trace, answer, release, onResult, state: "queued" };
    if (this.size === 0) this.#onBusy(true);
    this.#queue.add(entry);
    if (priority === "handshake" || (priority === "urgent" && !this.#paused)) this.#send(entry);
    else this.#pump();
    return answer.promise;
  }

  /** Gives the request that this answers its result. Says what that was good for. */
  resolve(id: RequestId, result: unknown): Settled {
    return this.#settle(id, ({ answer, onResult }) => {
      try {
        onResult?.(result);
      } finally {
        answer.resolve(result); // whoever asked has an answer, whatever is wrong with it
      }
    });
  }

  /** Fails the request that this answers. Says what that was good for. */
  reject(id: RequestId, toError: (method: string) => unknown): Settled {
    return this.#settle(id, ({ answer, method }) => answer.reject(toError(method)));
  }

  #settle(id: RequestId, settle: (entry: Entry) => void): Settled {
    const entry = this.#sent.get(id);
    if (entry === undefined) {
      if (!this.#abandoned.delete(id)) return "unknown";
      this.#pump();
      return "late";
    }
    this.#remove(entry, false);
    settle(entry);
    return "settled";
  }

  /** The server has said why one of the requests that wait, nobody knows which, gets no answer. */
  troubled(trouble: string): void {
    for (const entry of this.#sent.values()) entry.trouble = trouble;
  }

  /** The connection is gone for now: what was sent fails, since it may have had an effect; what was not, waits. */
  pause(error: unknown): void {
    this.#paused = true;
    this.#abandoned.clear();
    for (const entry of [...this.#sent.values()]) this.#fail(entry, error);
  }

  /** There is a connection again. */
  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  /** Fails everything that waits. */
  failAll(error: unknown): void {
    this.pause(error);
    for (const entry of [...this.#queue]) this.#fail(entry, error);
  }

  #fail(entry: Entry, error: unknown): void {
    this.#remove(entry, false);
    entry.answer.reject(error);
  }

  #remove(entry: Entry, abandoned: boolean): void {
    entry.release();
    if (entry.state === "queued") {
      if (!this.#queue.delete(entry)) return;
    } else {
      if (!this.#sent.delete(entry.id)) return;
      if (abandoned) this.#abandon(entry.id);
    }
    if (this.#queue.size === 0) this.#cancelSweep?.();
    if (this.size === 0) this.#onBusy(false);
    this.#pump();
  }

  /** The server still works on it, so its place stays taken for a while. */
  #abandon(id: RequestId): void {
    this.#abandoned.set(id, performance.now() + ABANDONED_MS);
    if (this.#abandoned.size <= ABANDONED_MAX) return;
    const [oldest] = this.#abandoned.keys();
    this.#abandoned.delete(oldest!);
  }

  #pump(): void {
    if (this.#paused) return;
    for (const entry of this.#queue) {
      if (this.#inFlight() >= this.#window) return this.#sweepLater();
      this.#send(entry);
    }
  }

  #inFlight(): number {
    return this.#sent.size + this.#abandoned.size;
  }

  /** Requests wait behind given-up ones: makes sure that they get their turn if those are never answered. */
  #sweepLater(): void {
    if (this.#cancelSweep !== undefined) return;
    const [oldest] = this.#abandoned.values();
    if (oldest === undefined) return;
    const cancel = startTimer(Math.max(1, oldest - performance.now()), () => {
      this.#cancelSweep = undefined;
      const now = performance.now();
      for (const [id, until] of this.#abandoned) if (until <= now) this.#abandoned.delete(id);
      this.#pump();
    });
    this.#cancelSweep = () => {
      this.#cancelSweep = undefined;
      cancel();
    };
  }

  #send(entry: Entry): void {
    this.#queue.delete(entry);
    entry.state = "sent";
    this.#sent.set(entry.id, entry);
    const { id, method, params, trace } = entry;
    const written = this.#write({
      id,
      method,
      ...(params === undefined ? {} : { params }),
      ...(trace === undefined ? {} : { trace }),
    });
    written.catch((error) => this.#fail(entry, error));
  }
}
