import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { WAIT_TIMEOUT_MS } from "./arrivals.ts";

/** Something that a scripted reply waits for before it goes on. */
export interface Pause {
  /** Resolves when the reply may go on. Rejects with the signal's reason if the connection ends first. */
  wait(signal: AbortSignal): Promise<void>;
}

/**
 * Holds a scripted reply until the test lets it go, so that a test of `steer` or `interrupt` needs no sleep.
 *
 * @example
 * ```ts
 * import { Gate, message, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * const model = new ScriptedModel();
 * const gate = new Gate();
 * model.reply(message(["Hello, ", gate, "world"]));
 * // start a turn, then: await gate.reached; gate.release();
 * ```
 */
export class Gate implements Pause {
  readonly #reached = deferred<void>();
  readonly #released = deferred<void>();

  /**
   * Resolves when a reply stands at the gate.
   *
   * @throws {Error} If no reply has come to the gate within 30 s.
   */
  get reached(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = startTimer(WAIT_TIMEOUT_MS, () => {
        reject(new Error(`No reply reached the gate within ${WAIT_TIMEOUT_MS / 1000} s: was its reply asked for?`));
      });
      this.#reached.promise.then(() => {
        stop();
        resolve();
      });
    });
  }

  /** Lets the waiting reply go on, and every later one pass. May be called before a reply arrives, and repeatedly. */
  release(): void {
    this.#released.resolve();
  }

  /** Called by the model when a reply comes to the gate. */
  wait(signal: AbortSignal): Promise<void> {
    this.#reached.resolve();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#released.promise.then(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }
}
