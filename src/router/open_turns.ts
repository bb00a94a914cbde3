import { BoundedMap } from "../util/bounded_map.ts";

/** A turn that runs, or that an agent has been given and not begun yet. */
export interface OpenTurn {
  readonly threadId: string;
  /** `null` before it has begun. */
  readonly turnId: string | null;
  /** The turn on whose behalf it runs: that of the thread in which it all began. Its own id, if it runs for itself. */
  readonly rootTurnId: string;
  /** Whether that was told, and not only taken for granted. */
  readonly told: boolean;
  /** The thread of that turn, if it was seen. */
  readonly rootThreadId: string | null;
  /** Held for as long as it runs: the handlers that may be asked meanwhile. */
  readonly keeps: ReadonlySet<object>;
}

/** The turns that run on the server, as far as this client is told: at most one in a thread. */
export class OpenTurns {
  readonly #byThread: BoundedMap<OpenTurn>;
  /** Also of turns that are over: a sub-agent may outlive the turn that it works for. */
  readonly #threadOf: BoundedMap<string>;

  readonly #onLost: (threadId: string, turnId: string, error: unknown) => void;

  /** @param onLost Told of a turn that ran, and of which nothing more will be heard. */
  constructor(
    maxBytes: number,
    onLost: (threadId: string, turnId: string, error: unknown) => void = () => {},
  ) {
    this.#onLost = onLost;
    this.#byThread = new BoundedMap(
      maxBytes,
      ({ threadId, turnId, rootTurnId, rootThreadId }) =>
        threadId.length + (turnId?.length ?? 0) + rootTurnId.length + (rootThreadId?.length ?? 0),
    );
    this.#threadOf = new BoundedMap(maxBytes, (threadId) => threadId.length);
  }

  /** How many are known. */
  get size(): number {
    return this.#byThread.size;
  }

  /** The turn of a thread. */
  get(threadId: string): OpenTurn | undefined {
    return this.#byThread.get(threadId);
  }

  /** A turn has given work to an agent, in whose thread none has begun yet. */
  announce(threadId: string, from: OpenTurn): void {
    const { rootTurnId, rootThreadId, keeps } = from;
    if (this.#byThread.has(threadId) || threadId === from.threadId) return;
    this.#byThread.set(threadId, { threadId, turnId: null, rootTurnId, told: true, rootThreadId, keeps });
  }

  /** A turn has begun. Servers that do not tell the root turn have said before who gave the work. */
  begin(threadId: string, turnId: string, rootTurnId: string | null, own: readonly object[]): OpenTurn {
    const announced = this.#byThread.get(threadId);
    const told = rootTurnId ?? (announced?.turnId === null ? announced.rootTurnId : null);
    const root = told ?? turnId;
    this.#threadOf.set(turnId, threadId);
    const rootThreadId = root === turnId ? threadId : this.#threadOf.get(root) ?? null;
    const ofRoot = rootThreadId === null ? undefined : this.#byThread.get(rootThreadId)?.keeps;
    const keeps = new Set([...own, ...ofRoot ?? [], ...announced?.keeps ?? []]);
    const open: OpenTurn = { threadId, turnId, rootTurnId: root, told: told !== null, rootThreadId, keeps };
    this.#byThread.set(threadId, open);
    return open;
  }

  /** A turn is over. That of a review is told by the id of its root turn. */
  end(threadId: string, turnId: string): void {
    const open = this.#byThread.get(threadId);
    if (open?.turnId === turnId || open?.rootTurnId === turnId) this.#byThread.delete(threadId);
  }

  /** Nothing runs in the thread any more, or nothing of it will be heard. */
  forget(threadId: string, error?: unknown): void {
    const turnId = this.#byThread.get(threadId)?.turnId ?? null;
    this.#byThread.delete(threadId);
    if (turnId !== null) this.#onLost(threadId, turnId, error);
  }

  /** A turn of this client has failed by other means than its completion. */
  lose({ threadId, id }: { readonly threadId: string; readonly id: string }, error: unknown): void {
    const open = this.#byThread.get(threadId);
    if (open?.turnId === id || open?.rootTurnId === id) this.forget(threadId, error);
    else this.#onLost(threadId, id, error);
  }

  /** On whose behalf a turn runs; its own id, as far as is known. */
  rootOf(threadId: string, turnId: string): string {
    const open = this.#byThread.get(threadId);
    return open?.turnId === turnId ? open.rootTurnId : turnId;
  }

  /** What runs, or will, in other threads on behalf of a turn. */
  agentsOf({ threadId, id }: { readonly threadId: string; readonly id: string }): OpenTurn[] {
    return this.all().filter((open) => open.rootTurnId === id && open.threadId !== threadId);
  }

  all(): OpenTurn[] {
    return [...this.#byThread.values()];
  }

  clear(error?: unknown): void {
    for (const threadId of [...this.#byThread.keys()]) this.forget(threadId, error);
  }
}
