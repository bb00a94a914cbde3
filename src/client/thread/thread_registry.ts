import type { Thread, ThreadItem, ThreadResumeParams, Turn } from "../../../gen/mod.ts";
import { JsonRpcError, TransportClosedError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { Notification } from "../../router/notification.ts";
import type { OpenTurn } from "../../router/open_turns.ts";
import type { PendingOptions } from "../../router/pending.ts";
import type { Router } from "../../router/router.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { retryOnOverload } from "../retry.ts";
import { sleep } from "../../util/timer.ts";
import { isRunning, storedTurn } from "../turn/stored_turn.ts";

/** The params of a resume whose answer nobody reads: without the thread's history, where the server can leave it out. */
export function briefResume(router: Router, threadId: string): ThreadResumeParams {
  const brief = { threadId, excludeTurns: true };
  return router.lacks("thread/resume", brief) ? { threadId } : brief;
}

/** How many threads are resumed at a time. */
const AT_ONCE = 16;

/** How long a thread that is not stored yet is asked for, and the pause before each further time. */
const NOT_STORED_MS = 3000;
const NOT_STORED_PAUSE_MS = 50;

/** Knows which threads somebody still holds, and brings them back after the connection was lost. */
export class ThreadRegistry {
  readonly #router: Router;
  readonly #onDiagnostic: DiagnosticListener;
  /** Nobody else gets through meanwhile, so an answer is waited for no longer than that to `initialize`. */
  readonly #call: PendingOptions;
  readonly #held = new Map<string, WeakRef<object>>();
  /** Left to others on purpose, although somebody may still listen. */
  readonly #released = new Set<string>();
  /** Held, and could not be resumed: the server may know them, but tells this connection nothing of them. */
  readonly #unseen = new Set<string>();
  readonly #dropped = new FinalizationRegistry<string>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#forget(id);
  });

  constructor(router: Router, { startTimeoutMs }: ResolvedLimits, onDiagnostic: DiagnosticListener) {
    this.#router = router;
    this.#call = { priority: "handshake", timeoutMs: startTimeoutMs };
    this.#onDiagnostic = onDiagnostic;
  }

  /** Remembers a thread for as long as `holder` is reachable. */
  add(threadId: string, holder: object): void {
    this.#released.delete(threadId);
    this.#unseen.delete(threadId);
    this.#held.set(threadId, new WeakRef(holder));
    this.#dropped.register(holder, threadId);
  }

  /** Resumes a thread no longer, whoever still holds it or listens, until it is opened again. */
  release(threadId: string): void {
    this.#forget(threadId);
    if (this.#router.subscriptions.threadIds().includes(threadId)) this.#released.add(threadId);
  }

  /**
   * The server has taken a request of a thread. One of which nothing was stored when it was to be resumed has its first
   * turn by that, and can be resumed now; unseen, its turns would ask nobody.
   */
  answered(method: string, threadId: string): void {
    if (!this.#unseen.delete(threadId) || method === "thread/resume") return;
    this.#markGap(threadId, []);
    this.#readNew(threadId).then(async (thread) => {
      const records = this.#recordsOf(threadId);
      for (const record of records) record.gap();
      await this.#takeUp(thread, undefined, records);
    }).catch((error) => {
      // A connection that is lost meanwhile is followed by one over which this is resumed with the others.
      if (!(error instanceof TransportClosedError)) this.#isLost(threadId, error);
    });
  }

  #forget(threadId: string): void {
    this.#held.delete(threadId);
    this.#unseen.delete(threadId);
  }

  /**
   * Resumes the threads that have a running turn, a listener or a holder, over a connection that is not open to others
   * yet. A thread that cannot be resumed fails its turns; a connection that is lost again is the caller's to handle.
   */
  async resume(): Promise<string[]> {
    const running = this.#router.turns.records().map((record) => record.threadId);
    const held = [...this.#held].filter(([, holder]) => holder.deref() !== undefined).map(([id]) => id);
    const wanted = new Set(
      [...running, ...this.#router.subscriptions.threadIds(), ...held].filter((id) => !this.#released.has(id)),
    );
    const resumed: string[] = [];
    // The server does not ask again what it asks in the thread of an agent unless that is resumed as well. Which agents
    // there are is known better once their parents are back.
    let next = [...wanted];
    while (next.length > 0) {
      for (let from = 0; from < next.length; from += AT_ONCE) {
        await Promise.all(
          next.slice(from, from + AT_ONCE).map(async (threadId) => {
            if (await this.#resumeThread(threadId)) resumed.push(threadId);
          }),
        );
      }
      next = this.#agents().filter((threadId) => !wanted.has(threadId));
      for (const threadId of next) wanted.add(threadId);
    }
    // Of the others nothing is told any more, not even that their turns are over.
    const { openTurns } = this.#router.family;
    for (const { threadId } of openTurns.all()) if (!wanted.has(threadId)) openTurns.forget(threadId);
    return resumed;
  }

  /** The threads of agents that work for turns of this client. */
  #agents(): string[] {
    const { openTurns, ownTurns } = this.#router.family;
    return openTurns.all()
      .filter(({ turnId, rootTurnId }) => ownTurns.has(rootTurnId) || (turnId !== null && ownTurns.has(turnId)))
      .map(({ threadId }) => threadId);
  }

  async #resumeThread(threadId: string): Promise<boolean> {
    const records = this.#recordsOf(threadId);
    const open = this.#router.family.openTurns.get(threadId);
    // Before the request: what the new connection brings may come ahead of its reply.
    this.#markGap(threadId, records);
    try {
      const thread = await this.#read(threadId, records.length === 0 && open === undefined, this.#call);
      await this.#takeUp(thread, open, records);
      return true;
    } catch (error) {
      if (error instanceof TransportClosedError) throw error;
      this.#isLost(threadId, error);
      for (const record of records) this.#router.turns.fail(record, lostTurn(record, error));
      return false;
    }
  }

  #recordsOf(threadId: string): TurnRecord[] {
    return this.#router.turns.records().filter((record) => record.threadId === threadId);
  }

  #markGap(threadId: string, records: readonly TurnRecord[]): void {
    const { observers, subscriptions } = this.#router;
    for (const record of records) record.gap();
    const gap: Notification = { method: "connection/gap", params: { threadId, turnId: null } };
    observers.event(gap);
    subscriptions.publish(threadId, gap, 0);
  }

  /** @param isIdle Whether nothing is known to run in it: then its history is not asked for. */
  async #read(threadId: string, isIdle: boolean, call: PendingOptions): Promise<Thread> {
    const params = isIdle ? briefResume(this.#router, threadId) : { threadId };
    return (await retryOnOverload(() => this.#router.request("thread/resume", params, call))).thread;
  }

  /** The same for one whose first turn has only just been accepted: it is stored some milliseconds later. */
  async #readNew(threadId: string): Promise<Thread> {
    const until = performance.now() + NOT_STORED_MS;
    for (;;) {
      try {
        return await this.#read(threadId, false, { ...this.#call, priority: "urgent" });
      } catch (error) {
        if (performance.now() > until || !isNotStoredYet(error)) throw error;
      }
      await sleep(NOT_STORED_PAUSE_MS);
    }
  }

  async #takeUp(thread: Thread, open: OpenTurn | undefined, records: readonly TurnRecord[]): Promise<void> {
    this.#learn(thread.id, open, thread.turns, records);
    for (const record of records) await this.#resumeTurn(record, thread.turns);
  }

  #isLost(threadId: string, error: unknown): void {
    if (this.#held.has(threadId)) this.#unseen.add(threadId);
    this.#onDiagnostic({ type: "thread-lost", threadId, error });
  }

  /** What happened in the gap: which agents were begun, and whether the turn that ran still does. */
  #learn(threadId: string, open: OpenTurn | undefined, turns: readonly Turn[], own: readonly TurnRecord[]): void {
    const { family, observers } = this.#router;
    const running = turns.find((turn, at) => isRunning(turn, turns.slice(at + 1)));
    if (running !== undefined) {
      family.begin(threadId, running.id, running.rootTurnId);
      for (const item of running.items) family.learn(threadId, item);
    } else if (open !== undefined && family.openTurns.get(threadId) === open) {
      const { turnId } = open;
      const turn = turns.find(({ id }) => id === turnId);
      // Of a turn of this client, its record tells how it ended.
      if (turnId !== null && own.some(({ id }) => id === turnId)) family.openTurns.end(threadId, turnId);
      else if (turnId !== null && turn !== undefined) {
        observers.event({ method: "turn/completed", params: { threadId, turn } });
        family.openTurns.end(threadId, turnId);
      } else family.openTurns.forget(threadId);
      if (turnId !== null) this.#router.serverRequests.endTurn(threadId, turnId);
    }
  }

  async #resumeTurn(record: TurnRecord, turns: readonly Turn[]): Promise<void> {
    const at = turns.findIndex(({ id }) => id === record.id);
    const resumed = turns[at];
    const turn = resumed !== undefined && isRunning(resumed, turns.slice(at + 1))
      ? resumed
      : await storedTurn(this.#router, record, this.#call) ?? resumed;
    if (turn === undefined) return this.#router.turns.fail(record, lostTurn(record));
    if (turn.status === "inProgress") return record.catchUp(completedItems(turn.items));
    record.catchUp(turn.items);
    this.#router.turns.complete(record, turn);
  }
}

/** Of a running turn's items, those that are certainly complete: all that say so, and all that another one follows. */
function completedItems(items: readonly ThreadItem[]): ThreadItem[] {
  return items.filter((item, index) => "status" in item ? item.status !== "inProgress" : index < items.length - 1);
}

function isNotStoredYet(error: unknown): boolean {
  return error instanceof JsonRpcError && /no rollout found|not supported yet/.test(error.message);
}

function lostTurn(record: TurnRecord, cause?: unknown): TransportClosedError {
  const message = `Turn ${record.id} was cut off: the connection was lost, and the turn could not be found again`;
  return new TransportClosedError(message, { cause });
}
