import type { RequestMethod } from "../../../gen/mod.ts";
import { ProtocolError } from "../../errors.ts";
import { activeTurn } from "../../message/rpc_error.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { Router } from "../../router/router.ts";
import type { Ask } from "../../router/thread_work.ts";
import { abortable } from "../../util/abort.ts";
import { sleep, startTimer } from "../../util/timer.ts";
import { ActiveTurnError, type Work } from "../../util/turn_errors.ts";
import type { Interrupts } from "./interrupts.ts";
import { TurnSlots } from "./turn_slots.ts";

/** For how long a thread may be idle between what was asked of it and its beginning. */
const IDLE_GRACE_MS = 500;

/** Says when a turn, a review or a compaction can begin: in a thread, in the order in which they were asked for. */
export class TurnQueue {
  readonly slots: TurnSlots;
  readonly #router: Router;
  readonly #limits: ResolvedLimits;
  readonly #interrupts: Interrupts;

  constructor(router: Router, limits: ResolvedLimits, interrupts: Interrupts, maxConcurrentTurns: number | undefined) {
    this.#router = router;
    this.#limits = limits;
    this.#interrupts = interrupts;
    this.slots = new TurnSlots(maxConcurrentTurns ?? Infinity);
  }

  /**
   * Waits until input can be given to a thread, and for a place among the turns that run. Returns how to give the place
   * back; `undefined` if a turn runs that it joins, for that needs none.
   */
  async forTurn(ask: Ask, signal: AbortSignal): Promise<(() => void) | undefined> {
    const { work } = this.#router;
    for (;;) {
      await this.free(ask, signal);
      if (work.running(ask.threadId) !== undefined) return undefined;
      const giveBack = await this.slots.take(signal);
      if (work.isFree(ask) && !this.#interrupts.stops(ask.threadId)) return giveBack;
      giveBack();
    }
  }

  /**
   * The same for what would end whatever runs. A compaction is waited for, a turn or a review is not.
   *
   * @throws {ActiveTurnError} If a turn or a review runs in the thread, also one of another client.
   */
  async forOther(method: RequestMethod, ask: Ask, signal: AbortSignal): Promise<() => void> {
    const { work } = this.#router;
    const { threadId } = ask;
    for (;;) {
      await this.#interrupts.settled(threadId, signal);
      const running = work.of(threadId, ask);
      if (running?.kind === "compact") {
        await this.free(ask, signal);
        continue;
      }
      if (running !== undefined && !await this.#isOver(threadId, signal)) throw refusal(method, running);
      const giveBack = await this.slots.take(signal);
      try {
        // Of a thread that others use as well, this client may have missed the beginning.
        const isIdle = !this.#router.shared || await this.#isIdle(threadId, signal);
        if (work.of(threadId, ask) === undefined && !this.#interrupts.stops(threadId)) {
          if (isIdle) return giveBack;
          throw refusal(method, { kind: "turn", turnId: null });
        }
      } catch (error) {
        giveBack();
        throw error;
      }
      giveBack();
    }
  }

  /** Waits until what was asked of a thread before has begun, and no compaction, no review and no interrupt is left. */
  async free(ask: Ask, signal: AbortSignal): Promise<void> {
    const { work } = this.#router;
    const { threadId } = ask;
    for (;;) {
      await this.#interrupts.settled(threadId, signal);
      if (work.isFree(ask)) return;
      await this.#router.hold(abortable(this.unlessLost(threadId, work.free(ask)), signal));
    }
  }

  /** Input was refused, because what takes none ran: unless that is over by now, it is waited for from here on. */
  async refused(threadId: string, { work: { kind } }: ActiveTurnError, signal: AbortSignal): Promise<void> {
    const { work } = this.#router;
    if (work.running(threadId) !== undefined || !await this.#isIdle(threadId, signal)) work.found(threadId, kind);
  }

  /** Waits for the work of a thread. If the server says meanwhile that nothing runs there, that work is forgotten. */
  async unlessLost<T>(threadId: string, waiting: Promise<T>): Promise<T> {
    let over = false;
    let cancel = () => {};
    const watch = () => {
      cancel = startTimer(this.#limits.silenceMs, async () => {
        if (!over && !await this.#isOver(threadId).catch(() => false) && !over) watch();
      });
    };
    watch();
    try {
      return await waiting;
    } finally {
      over = true;
      cancel();
    }
  }

  /**
   * Whether nothing runs in a thread, whatever was seen to begin: the server has said so twice. Then it is forgotten. The
   * turns of this client are watched by themselves.
   */
  async #isOver(threadId: string, signal?: AbortSignal): Promise<boolean> {
    const { work, turns } = this.#router;
    if (!work.isBegun(threadId)) return false;
    if (turns.records().some((record) => record.threadId === threadId)) return false;
    if (!await this.#isIdle(threadId, signal)) return false;
    await sleep(IDLE_GRACE_MS, signal);
    if (!await this.#isIdle(threadId, signal)) return false;
    const message = `Nothing runs in thread ${threadId}, and the server did not say what became of what was asked`;
    work.forget(threadId, new ProtocolError(message));
    return true;
  }

  async #isIdle(threadId: string, signal?: AbortSignal): Promise<boolean> {
    const read = () => this.#router.request("thread/read", { threadId }, { signal, priority: "urgent" });
    const { thread } = await this.#router.look(read);
    return thread.status.type !== "active";
  }
}

function refusal(method: RequestMethod, work: Work): ActiveTurnError {
  return new ActiveTurnError(work, { rpcCode: -32600, message: activeTurn(work), method });
}
