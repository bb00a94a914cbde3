import type { Codex as NativeCodex } from "../client/codex.ts";
import type { Thread as NativeThread } from "../client/thread/thread.ts";
import { startIdleTimer } from "../util/timer.ts";

/** A thread as it stands in a server. */
export interface LoadedThread {
  readonly native: NativeThread;
  /** What it was opened with. */
  readonly settings: string;
  /** What the server had to say when it was opened. */
  readonly warnings: string[];
}

/** How long a thread that nobody uses stays open, in milliseconds: the next run then need not open it. */
const IDLE_MS = 2_000;

/** How long the server may take to let go of a thread. */
const UNLOAD_MS = 1_000;

/** Of every server of this program. */
const all = new Set<LoadedThreads>();

/**
 * The threads that a server has open. As long as it does, no other process can go on with them, and what they were
 * opened with holds.
 */
export class LoadedThreads {
  readonly #codex: NativeCodex;
  readonly #threads = new Map<string, LoadedThread>();
  readonly #unloading = new Map<string, Promise<void>>();
  /** How many use each of them. */
  readonly #users = new Map<string, number>();
  #pinned = false;

  constructor(codex: NativeCodex) {
    this.#codex = codex;
    all.add(this);
  }

  /** Closes a thread in all servers of this program in which nobody uses it. */
  static async giveWay(threadId: string): Promise<void> {
    await Promise.all([...all].filter((threads) => !threads.#pinned).map((threads) => threads.#unload(threadId)));
  }

  /** The server is gone, and its threads with it. */
  clear(): void {
    all.delete(this);
    this.#threads.clear();
  }

  /** No longer closes a thread because nobody uses it. */
  pin(): void {
    this.#pinned = true;
  }

  /** A thread that is open. */
  get(threadId: string | null): LoadedThread | undefined {
    return threadId === null ? undefined : this.#threads.get(threadId);
  }

  /** A thread that is open with these settings. One that is open with others is closed. */
  async find(threadId: string, settings: string): Promise<LoadedThread | undefined> {
    await this.#unloading.get(threadId);
    const thread = this.#threads.get(threadId);
    if (thread === undefined || thread.settings === settings) return thread;
    await this.#unload(threadId);
    return undefined;
  }

  /** Adds a thread that was opened. */
  add(thread: LoadedThread): void {
    this.#threads.set(thread.native.id, thread);
  }

  /** Keeps a thread open while something is done with it, and for a while longer. */
  async use<T>(threadId: string, work: () => Promise<T>): Promise<T> {
    this.#users.set(threadId, (this.#users.get(threadId) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const users = this.#users.get(threadId)! - 1;
      if (users > 0) this.#users.set(threadId, users);
      else {
        this.#users.delete(threadId);
        this.#rest(threadId);
      }
    }
  }

  #rest(threadId: string): void {
    const thread = this.#threads.get(threadId);
    if (thread === undefined || this.#pinned) return;
    startIdleTimer(IDLE_MS, () => {
      if (!this.#pinned && this.#threads.get(threadId) === thread) void this.#unload(threadId);
    });
  }

  async #unload(threadId: string): Promise<void> {
    if (!this.#threads.has(threadId) || this.#users.has(threadId)) return await this.#unloading.get(threadId);
    this.#threads.delete(threadId);
    const unloading = this.#close(threadId).finally(() => this.#unloading.delete(threadId));
    this.#unloading.set(threadId, unloading);
    await unloading;
  }

  async #close(threadId: string): Promise<void> {
    const closed = this.#codex.notifications("thread/closed");
    const stop = () => void closed.return?.();
    const deadline = AbortSignal.timeout(UNLOAD_MS);
    deadline.addEventListener("abort", stop, { once: true });
    try {
      const { status } = await this.#codex.request("thread/unsubscribe", { threadId }, { timeoutMs: UNLOAD_MS });
      if (status !== "unsubscribed") return;
      for await (const { params } of closed) if (params.threadId === threadId) break;
    } catch {
      // Whoever wants it next is told what is the matter.
    } finally {
      deadline.removeEventListener("abort", stop);
      stop();
    }
  }
}
