import type { DiagnosticListener } from "../message/diagnostic.ts";
import type { ResolvedLimits } from "../router/limits.ts";
import type { Router } from "../router/router.ts";
import type { TurnRecord } from "../router/turn_record.ts";
import { startTimer } from "../util/timer.ts";
import { storedTurn } from "./stored_turn.ts";

/** How long after a thread was reported idle the completion of its turn may still be on its way. */
const IDLE_GRACE_MS = 500;

/**
 * Finds the end of turns whose completion never came: after silence, or when their thread is reported idle, the server's
 * stored turns are read. A turn that still runs there goes on; one that has ended there ends here.
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
    let cancel = () => {};
    const arm = (delayMs: number) => {
      cancel = startTimer(delayMs, async () => {
        const silent = Date.now() - record.lastEventAt;
        if (silent < silenceMs) return arm(silenceMs - silent);
        await this.#reconcile(record);
        if (!record.over) arm(silenceMs);
      });
    };
    arm(silenceMs);
    record.done.catch(() => {}).then(() => cancel());
  }

  /** The server says that nothing runs in this thread: its turns must have ended. */
  threadIdle(threadId: string): void {
    for (const record of this.#router.turns.records()) {
      if (record.threadId !== threadId) continue;
      const cancel = startTimer(IDLE_GRACE_MS, () => this.#reconcile(record));
      record.done.catch(() => {}).then(cancel);
    }
  }

  async #reconcile(record: TurnRecord): Promise<void> {
    const { threadId, id: turnId } = record;
    // Where nothing is learnt (an ephemeral thread has no stored turns), the turn goes on being waited for.
    const turn = await storedTurn(this.#router, record, { priority: "urgent" }).catch(() => undefined);
    if (turn === undefined || turn.status === "inProgress" || record.over) return;
    this.#router.turns.complete(record, turn);
    this.#onDiagnostic({ type: "turn-reconciled", threadId, turnId });
  }
}
