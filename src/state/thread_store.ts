import type { Codex } from "../client/codex.ts";
import { anything, atLeast, callback, checkOptions, type OptionChecks } from "../util/options.ts";
import type { ThreadEvent } from "./event.ts";
import { changeThread, findThread } from "./agents.ts";
import { hydrate } from "./hydrate.ts";
import { reduce } from "./reduce.ts";
import { Relay } from "./relay.ts";
import { hasCode, storedTurns } from "./stored_turns.ts";
import { emptyThread, type ThreadState } from "./thread_state.ts";

/** What a store needs of a `Codex`. */
export type ThreadSource = Pick<Codex, "events" | "pendingServerRequests" | "request">;

/** Options of {@linkcode threadStore}. */
export interface ThreadStoreOptions {
  /** What to begin with: a state that was kept, or that comes with a page. Nothing is loaded then. */
  readonly state?: ThreadState | undefined;
  /** How many of the last stored turns to load in the beginning. Default 50; 0 loads none, `Infinity` all. */
  readonly history?: number | undefined;
  /** How long changes are gathered before the listeners are told, in milliseconds. Default 16: a frame. */
  readonly frameMs?: number | undefined;
  /** Told what went wrong: stored turns that could not be read, the loss of the connection. `state.gap` shows it too. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const STORE_OPTIONS: OptionChecks<ThreadStoreOptions> = {
  state: anything,
  history: (value, what) => value === Infinity || atLeast(0)(value, what),
  frameMs: atLeast(0, 2 ** 31 - 1),
  onError: callback,
};

/**
 * The state of one thread, kept up to date. Its methods need no `this`: pass them on as they are.
 *
 * It is an external store for React's `useSyncExternalStore`, a store for Svelte, and a source for Solid's `from`.
 */
export interface ThreadStore extends Disposable {
  /**
   * Calls a listener with the state: at once, and after every frame in which it has changed.
   *
   * @returns Stops it. May be called more than once.
   */
  readonly subscribe: (listener: (state: ThreadState) => void) => () => void;
  /** The state now; the same object until it changes. */
  readonly getSnapshot: () => ThreadState;
  /** Changes the state by hand: with a `message/sent` event, or with more of the stored turns. */
  readonly update: (change: (state: ThreadState) => ThreadState) => void;
  /**
   * The state as it is, and then every event that changes it, for a store elsewhere: in a browser, say. A reader that
   * falls behind gets the state again instead of what it has missed.
   */
  readonly events: () => AsyncIterableIterator<ThreadEvent>;
}

/**
 * A store of one thread: loads its stored turns, follows its events and those of its sub-agents, shows the server's
 * questions, and after a gap loads what was missed.
 *
 * A client gets the events of threads that it has started or resumed. The store listens until it is disposed of, and
 * keeps the program alive as long, as every reader of a stream does.
 *
 * @param source A `Codex`; or, where there is none, the events of another store's `events()`, whose iterator is given
 *   back when the store is disposed of; or `null`, for a store that `update` alone changes.
 * @param threadId The thread.
 * @throws {TypeError} If there is no such option, or one is of another type.
 * @throws {RangeError} If a number is out of its range.
 * @example
 * ```ts ignore
 * import { Codex } from "@codex-app-server/sdk";
 * import { threadStore } from "@codex-app-server/sdk/state";
 *
 * await using codex = await Codex.start();
 * const thread = await codex.threadStart();
 * using store = threadStore(codex, thread.id);
 * store.subscribe(({ turns }) => console.log(turns.at(-1)?.items.at(-1)?.item));
 * await thread.run("What does this project do?");
 * ```
 */
export function threadStore(
  source: ThreadSource | AsyncIterable<ThreadEvent> | null,
  threadId: string,
  options: ThreadStoreOptions = {},
): ThreadStore {
  checkOptions("threadStore", options, STORE_OPTIONS);
  return new Store(source, threadId, options);
}

/** So many of the last turns are loaded. */
const HISTORY = 50;

class Store implements ThreadStore {
  readonly #codex: ThreadSource | null;
  readonly #threadId: string;
  readonly #options: ThreadStoreOptions;
  readonly #listeners = new Set<(state: ThreadState) => void>();
  readonly #relays = new Set<Relay>();
  readonly #disposed = new AbortController();
  /** The sub-agents whose missed beginnings have been asked for. */
  readonly #askedFor = new Set<string>();
  #state: ThreadState;
  #reader: AsyncIterator<ThreadEvent> | undefined;
  #frame: ReturnType<typeof setTimeout> | undefined;
  #loading = false;
  #stale = false;

  constructor(
    source: ThreadSource | AsyncIterable<ThreadEvent> | null,
    threadId: string,
    options: ThreadStoreOptions,
  ) {
    const { state, history = HISTORY } = options;
    this.#codex = source !== null && "request" in source ? source : null;
    this.#threadId = threadId;
    this.#options = options;
    const loads = this.#codex !== null && (state === undefined ? history > 0 : state.gap !== null);
    this.#state = state ?? { ...emptyThread(threadId), gap: loads ? { turnId: null } : null };
    const events = source !== null && "request" in source ? source.events() : source;
    for (const request of this.#codex?.pendingServerRequests() ?? []) this.#take(request);
    if (events !== null) void this.#follow(events);
    if (loads) void this.#load();
  }

  readonly subscribe = (listener: (state: ThreadState) => void): () => void => {
    // Of its own, so that the same function can listen twice.
    const entry = (state: ThreadState) => listener(state);
    if (!this.#disposed.signal.aborted) this.#listeners.add(entry);
    listener(this.#state);
    return () => void this.#listeners.delete(entry);
  };

  readonly getSnapshot = (): ThreadState => this.#state;

  readonly update = (change: (state: ThreadState) => ThreadState): void => {
    if (this.#disposed.signal.aborted || !this.#set(change(this.#state))) return;
    for (const relay of this.#relays) relay.reset();
  };

  readonly events = (): AsyncIterableIterator<ThreadEvent> => {
    const relay: Relay = new Relay(this.getSnapshot, () => this.#relays.delete(relay));
    if (this.#disposed.signal.aborted) relay.end();
    else this.#relays.add(relay);
    return relay;
  };

  [Symbol.dispose](): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new Error("The store was disposed of"));
    clearTimeout(this.#frame);
    this.#listeners.clear();
    for (const relay of this.#relays) relay.end();
    this.#relays.clear();
    this.#reader?.return?.().catch(() => {});
  }

  /** Reads events until there are no more. */
  async #follow(events: AsyncIterable<ThreadEvent>): Promise<void> {
    const { signal } = this.#disposed;
    try {
      const reader = this.#reader = events[Symbol.asyncIterator]();
      for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
        if (signal.aborted) return;
        this.#take(next.value);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#options.onError?.(error);
      // Of a connection that is gone, nothing more can be loaded either.
      const again = hasCode(error, "STREAM_OVERFLOW") ? this.#codex?.events() : undefined;
      const gap = { method: "connection/gap", params: { threadId: this.#threadId, turnId: null } } as const;
      if (again === undefined) return this.#apply(gap);
      void this.#follow(again);
      this.#take(gap);
    }
  }

  #take(event: ThreadEvent): void {
    this.#apply(event);
    // Whatever the types say, it may lack its params.
    const threadId = (event?.params as { readonly threadId?: string } | null | undefined)?.threadId;
    if (threadId === undefined) return;
    const gap = event.method === "connection/gap" || event.method === "thread/reverted";
    if (gap && threadId === this.#threadId) void this.#load();
    else if (event.method === "item/started" || event.method === "turn/completed") this.#seen(threadId);
  }

  /** A sub-agent whose beginning went by unseen works on before our eyes: what was missed of it is loaded, once. */
  #seen(threadId: string): void {
    if (threadId === this.#threadId || this.#askedFor.has(threadId) || this.#options.history === 0) return;
    const gap = findThread(this.#state, threadId)?.gap ?? null;
    if (gap === null) return;
    this.#askedFor.add(threadId);
    void this.#load();
  }

  #apply(event: ThreadEvent): void {
    if (!this.#set(reduce(this.#state, event))) return;
    for (const relay of this.#relays) relay.push(event);
  }

  /** Whether the state is another one now. */
  #set(state: ThreadState): boolean {
    if (state === this.#state) return false;
    this.#state = state;
    this.#frame ??= setTimeout(() => this.#tell(), this.#options.frameMs ?? 16);
    return true;
  }

  /** Tells the listeners, each of them also if another one throws. */
  #tell(): void {
    this.#frame = undefined;
    const failures: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        if (this.#listeners.has(listener)) listener(this.#state);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Loads what is missing, until nothing is. */
  async #load(): Promise<void> {
    this.#stale = true;
    if (this.#codex === null || this.#loading) return;
    this.#loading = true;
    while (this.#stale) {
      this.#stale = false;
      await this.#fill(this.#codex).catch((error) => {
        if (!this.#disposed.signal.aborted) this.#options.onError?.(error);
      });
    }
    this.#loading = false;
  }

  async #fill(codex: ThreadSource): Promise<void> {
    const { signal } = this.#disposed;
    const { thread } = await codex.request("thread/read", { threadId: this.#threadId }, { signal });
    this.update((state) => hydrate(state, thread));
    for (const { threadId, gap } of withGap(this.#state, true)) {
      const from = gap?.turnId ?? null;
      const limit = from === null ? this.#options.history ?? HISTORY : Infinity;
      const turns = await storedTurns(codex, threadId, { from, limit, signal }).catch((error) => {
        // Nothing is stored of a thread that is not, or in which nothing has been said; nor was anything missed then.
        if (from === null && (thread.ephemeral || thread.preview === "")) return [];
        throw error;
      });
      this.update((state) => {
        const filled = hydrate(state, turns, threadId);
        // There is no more; unless the connection broke again meanwhile.
        return this.#stale ? filled : changeThread(filled, threadId, (each) => ({ ...each, gap: null }));
      });
    }
  }
}

/** The threads of which something is missing: the thread itself, and the sub-agents that were being watched. */
function withGap(state: ThreadState, own: boolean): ThreadState[] {
  const here = state.gap !== null && (own || state.turns.length > 0) ? [state] : [];
  return [...here, ...Object.values(state.agents).flatMap((agent) => withGap(agent, false))];
}
