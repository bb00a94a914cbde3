import type { AsyncContext } from "../util/async_context.ts";
import { BoundedMap } from "../util/bounded_map.ts";
import { deferred } from "../util/deferred.ts";
import { startFirstTimer, startIdleTimer, startTimer } from "../util/timer.ts";
import type { ServerRequestHandlers } from "./server_request.ts";

/** Handlers, and the async context in which they run: that of the call which brought them. */
export interface OwnHandlers {
  readonly handlers: ServerRequestHandlers;
  readonly context: AsyncContext;
}

/**
 * For how long handlers that were just given or asked are kept whoever holds them: a question may come that no turn was
 * told of before.
 */
const KEPT_MS = 1000;

/**
 * The handlers of threads. They are held by the threads that brought them, and by turns that run: here they are only
 * found, and kept for a moment, so that they go when nobody has their thread any more.
 *
 * A thread whose handlers are gone is not one that never had any: what it asks is refused, for whoever gave it handlers
 * of its own did not mean those of the client.
 */
export class ThreadHandlers {
  readonly #threads = new Map<string, WeakRef<OwnHandlers>>();
  /** Until when each is kept. */
  readonly #kept = new Map<OwnHandlers, number>();
  readonly #gone: BoundedMap<true>;
  /** Threads that were opened here, with handlers or without. */
  readonly #known: BoundedMap<true>;
  readonly #opening = new Set<Promise<void>>();
  readonly #timeoutMs: number;
  readonly #collected = new FinalizationRegistry<string>((threadId) => {
    if (this.get(threadId) === undefined) this.drop(threadId);
  });

  /** @param timeoutMs How long a question waits for threads that are being opened. */
  constructor(maxBytes: number, timeoutMs: number) {
    this.#gone = new BoundedMap(maxBytes);
    this.#known = new BoundedMap(maxBytes);
    this.#timeoutMs = timeoutMs;
  }

  /** How many threads have any, had some, or are about to. */
  get size(): number {
    return this.#threads.size + this.#gone.size + this.#opening.size;
  }

  get(threadId: string): OwnHandlers | undefined {
    return this.#threads.get(threadId)?.deref();
  }

  /** Those of these threads, which are about to be asked. */
  of(path: readonly string[]): OwnHandlers[] {
    const found = path.map((threadId) => this.get(threadId)).filter((own) => own !== undefined);
    for (const own of found) this.#keep(own);
    return found;
  }

  /** Whether the thread had handlers that are gone. */
  isGone(threadId: string): boolean {
    return this.#gone.has(threadId) || (this.#threads.has(threadId) && this.get(threadId) === undefined);
  }

  /** The thread is opened, with these or with none. Those that it had are replaced. Returns how to take that back. */
  set(threadId: string, own: OwnHandlers | undefined): () => void {
    const [before, wasGone] = [this.get(threadId), this.isGone(threadId)];
    this.#gone.delete(threadId);
    this.#known.set(threadId, true);
    if (own === undefined) this.#threads.delete(threadId);
    else {
      this.#threads.set(threadId, new WeakRef(own));
      this.#keep(own);
      this.#collected.register(own, threadId);
    }
    return () => {
      // Unless another call has put its own there meanwhile.
      if (this.get(threadId) !== own) return;
      this.set(threadId, before);
      if (wasGone) this.#gone.set(threadId, true);
    };
  }

  /** A thread whose id is not known yet is about to get handlers. Returns how to say that it has them, or will not. */
  open(): () => void {
    const { promise, resolve } = deferred<void>();
    this.#opening.add(promise);
    return () => {
      this.#opening.delete(promise);
      resolve();
    };
  }

  /**
   * Waits until none of these threads can be one that is being opened: it may ask before the reply that tells its id.
   * False if that cannot be said in time.
   */
  async opened(path: readonly string[]): Promise<boolean> {
    if (this.#opening.size === 0 || path.some((threadId) => this.#known.has(threadId))) return true;
    const late = deferred<boolean>();
    const stopTimer = startTimer(this.#timeoutMs, () => late.resolve(false));
    const inTime = await Promise.race([late.promise, Promise.all(this.#opening).then(() => true)]);
    stopTimer();
    return inTime;
  }

  /** The thread is archived, closed or let go of. */
  drop(threadId: string): void {
    const own = this.get(threadId);
    if (own !== undefined) this.#kept.delete(own);
    if (this.#threads.delete(threadId)) this.#gone.set(threadId, true);
  }

  #keep(own: OwnHandlers): void {
    if (this.#kept.size === 0) this.#letGoLater();
    this.#kept.set(own, performance.now() + KEPT_MS);
  }

  /** By a timer that does not keep the program alive, and that is set when the start of a thread has had its way. */
  #letGoLater(): void {
    const letGo = () => {
      const now = performance.now();
      for (const [own, until] of this.#kept) if (until <= now) this.#kept.delete(own);
      if (this.#kept.size > 0) this.#letGoLater();
    };
    startFirstTimer(1, () => startIdleTimer(KEPT_MS, letGo));
  }
}
