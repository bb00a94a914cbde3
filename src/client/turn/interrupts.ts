import type { TurnInterruptResponse } from "../../../gen/mod.ts";
import { InvalidRequestError, TransportClosedError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { Router } from "../../router/router.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { isRetryableError } from "../retry.ts";
import { sleep, startTimer } from "../../util/timer.ts";

/** The pause before an interrupt is sent again. */
const PAUSE_MS = 50;

/** Interrupts turns: one request a turn at a time, bounded in time, ahead of whatever waits to be sent. */
export class Interrupts {
  readonly #router: Router;
  readonly #limits: ResolvedLimits;
  readonly #onDiagnostic: DiagnosticListener;
  readonly #running = new Map<TurnRecord, Promise<TurnInterruptResponse>>();
  readonly #stopping = new Set<{ readonly threadId: string; readonly stopped: Promise<void> }>();

  constructor(router: Router, limits: ResolvedLimits, onDiagnostic: DiagnosticListener) {
    this.#router = router;
    this.#limits = limits;
    this.#onDiagnostic = onDiagnostic;
  }

  /** Asks the server to interrupt a turn. While one such request is out, others get its answer. */
  interrupt(record: TurnRecord): Promise<TurnInterruptResponse> {
    let running = this.#running.get(record);
    if (running === undefined) {
      running = this.#request(record).finally(() => this.#running.delete(record));
      this.#running.set(record, running);
    }
    return running;
  }

  /** Interrupts a turn that nobody wants any more, as soon as its id is known. What goes wrong is a diagnostic. */
  stop(threadId: string, starting: Promise<TurnRecord>): void {
    const stopped = starting.then((record) => this.#stop(record), () => {});
    const entry = { threadId, stopped };
    this.#stopping.add(entry);
    stopped.then(() => this.#stopping.delete(entry));
  }

  /** Resolves when no turn of the thread is being stopped: one that began earlier would join the one that ends. */
  async settled(threadId: string): Promise<void> {
    const stopping = [...this.#stopping].filter((entry) => entry.threadId === threadId);
    await Promise.all(stopping.map(({ stopped }) => stopped));
  }

  async #stop(record: TurnRecord): Promise<void> {
    if (record.over) return;
    const { threadId, id: turnId } = record;
    let cancel = () => {};
    const bound = new Promise<void>((resolve) => {
      cancel = startTimer(this.#limits.interruptTimeoutMs, resolve);
    });
    try {
      await this.interrupt(record);
      await Promise.race([record.done.catch(() => {}), bound]);
    } catch (error) {
      if (!record.over) this.#onDiagnostic({ type: "interrupt-failed", threadId, turnId, error });
    } finally {
      cancel();
    }
  }

  async #request(record: TurnRecord): Promise<TurnInterruptResponse> {
    const params = { threadId: record.threadId, turnId: record.id };
    let timeoutMs = this.#limits.interruptTimeoutMs;
    const until = performance.now() + timeoutMs;
    for (;;) {
      try {
        return await this.#router.request("turn/interrupt", params, { priority: "urgent", timeoutMs });
      } catch (error) {
        timeoutMs = until - performance.now() - PAUSE_MS;
        if (timeoutMs <= 0 || record.over || !this.#mayStillWork(error)) throw error;
      }
      await sleep(PAUSE_MS);
    }
  }

  #mayStillWork(error: unknown): boolean {
    // The id of a turn is known a moment before the server can interrupt it.
    if (error instanceof InvalidRequestError) return /no active turn/i.test(error.message);
    if (isRetryableError(error)) return true;
    // The connection is lost and the turn is not: it goes on over the next one.
    return error instanceof TransportClosedError && this.#router.closedError === undefined;
  }
}
