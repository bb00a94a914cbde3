import type { Turn } from "../../../gen/mod.ts";
import { ProtocolError, TimeoutError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { PendingOptions } from "../../router/pending.ts";
import type { Router } from "../../router/router.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { watchSilence } from "../../util/silence.ts";
import { startTimer } from "../../util/timer.ts";
import { storedTurn } from "./stored_turn.ts";

/** How long after a thread was reported or found idle the completion of its turn may still be on its way. */
const IDLE_GRACE_MS = 500;

const URGENT: PendingOptions = { priority: "urgent" };

/**
 * Finds the end of turns whose completion never came: after silence, or when their thread is reported idle, the server's
 * stored turns are read. A turn that still runs there goes on; one that has ended there ends here, and one of which the
 * server knows neither fails. A server that leaves such looks unanswered is given up, with its connection.
 */
export class TurnWatch {
  readonly #router: Router;
  readonly #limits: ResolvedLimits;
  readonly #onDiagnostic: DiagnosticListener;
  readonly #watched = new WeakSet<TurnRecord>();

  constructor(router: Router, limits: ResolvedLimits, onDiagnostic: DiagnosticListener) {
    this.#router = router;
    this.#limits = limits;
    this.#onDiagnostic = onDiagnostic;
  }

  /** Watches a turn for silence until it is over. */
  watch(record: TurnRecord): void {
    const { silenceMs } = this.#limits;
    if (this.#watched.has(record) || record.over || silenceMs === 0) return;
    this.#watched.add(record);
    let wasIdle = false;
    const stop = watchSilence(silenceMs, () => record.lastEventAt, async () => {
      await this.#reconcile(record, false);
      wasIdle = await this.#isPassedOver(record, wasIdle);
    });
    record.done.catch(() => {}).then(stop);
  }

  /** The server says that nothing runs in this thread: its turns must have ended. */
  threadIdle(threadId: string): void {
    for (const record of this.#router.turns.records()) {
      if (record.threadId === threadId) this.#reconcileLater(record, false);
    }
  }

  #reconcileLater(record: TurnRecord, wasIdle: boolean): void {
    const cancel = startTimer(IDLE_GRACE_MS, () => this.#reconcile(record, wasIdle));
    record.done.catch(() => {}).then(cancel);
  }

  /** @param wasIdle Whether the server has said once before that nothing runs in the thread. */
  async #reconcile(record: TurnRecord, wasIdle: boolean): Promise<void> {
    const { threadId, id: turnId } = record;
    let turn: Turn | undefined;
    try {
      turn = await this.#router.look(() => storedTurn(this.#router, record, URGENT));
    } catch (error) {
      if (error instanceof TimeoutError) return; // nothing was learnt, but that the server may answer no more
    }
    if (record.over || turn?.status === "inProgress") return;
    if (turn !== undefined) {
      this.#router.turns.complete(record, turn);
      this.#onDiagnostic({ type: "turn-reconciled", threadId, turnId });
      return;
    }
    // An ephemeral thread has no stored turns, but it has a status. A turn that has not begun is not in it yet.
    if (!record.begun || !await this.#isIdle(threadId) || record.over) return;
    if (!wasIdle) return this.#reconcileLater(record, true);
    this.#router.turns.fail(record, lostCompletion(record));
  }

  /**
   * Whether a turn that was accepted has not begun, and nothing runs in its thread. Found twice, with as much silence in
   * between, it never will.
   */
  async #isPassedOver(record: TurnRecord, wasIdle: boolean): Promise<boolean> {
    if (record.begun || record.over || !await this.#isIdle(record.threadId)) return false;
    if (wasIdle && !record.begun && !record.over) this.#router.turns.fail(record, neverBegan(record));
    return true;
  }

  async #isIdle(threadId: string): Promise<boolean> {
    try {
      const { thread } = await this.#router.look(() => this.#router.request("thread/read", { threadId }, URGENT));
      return thread.status.type === "idle";
    } catch {
      return false; // nothing was learnt, so it goes on being waited for
    }
  }
}

function neverBegan({ threadId, id }: TurnRecord): ProtocolError {
  return new ProtocolError(
    `Turn ${id} never began, though the server accepted it, for nothing runs in thread ${threadId}. Its input may have ` +
      "been given to a turn that ran then: thread.read({ includeTurns: true }) shows whether; else give it again",
  );
}

function lostCompletion({ threadId, id }: TurnRecord): ProtocolError {
  return new ProtocolError(
    `Turn ${id} is over, for nothing runs in thread ${threadId}, but the server never said how it ended and has not ` +
      "stored it (an ephemeral thread stores nothing). Its stream has what it did; begin another turn to go on",
  );
}
