import { TimeoutError } from "../errors.ts";

/** How many looks in a row go unanswered before the server counts as one that answers no more. */
const MAX_UNANSWERED = 3;
/** A deadline that is noticed so late says that this program was stopped, or its machine slept. */
const LATE_MS = 1000;

/**
 * Whether the server at the other end still answers.
 *
 * A look is a request that a server answers at once, whatever its turns are busy with. Several of them unanswered one
 * after the other, and not a byte from the server since the first was sent: it is stopped, wedged, or out of reach. A slow
 * one says something meanwhile. A deadline that passed while nobody here could have read the answer says nothing.
 */
export class Answering {
  readonly #pauseMs: number;
  readonly #onSilent: (error: TimeoutError) => void;
  #heard = 0;
  #unanswered = 0;
  #nextFrom = -Infinity;

  /**
   * @param pauseMs How far apart looks are to be: several turns may look at the same time.
   * @param onSilent Told that the server answers no more, and why.
   */
  constructor(pauseMs: number, onSilent: (error: TimeoutError) => void) {
    this.#pauseMs = pauseMs;
    this.#onSilent = onSilent;
  }

  /** Something has come from the server. */
  heard(): void {
    this.#heard++;
    this.#unanswered = 0;
    this.#nextFrom = -Infinity;
  }

  /** Makes a look, and hands on what becomes of it. */
  async look<T>(ask: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const before = this.#heard;
    try {
      return await ask();
    } catch (error) {
      if (error instanceof TimeoutError && this.#heard === before) this.#missed(from, error.timeoutMs);
      throw error;
    }
  }

  #missed(from: number, timeoutMs: number): void {
    const now = performance.now();
    if (from < this.#nextFrom || now - from > timeoutMs + LATE_MS) return;
    this.#nextFrom = now + this.#pauseMs;
    if (++this.#unanswered < MAX_UNANSWERED) return;
    const why = `The server answers no more: ${MAX_UNANSWERED} requests, one after the other, got no answer within ` +
      `${timeoutMs} ms (limits.requestTimeoutMs), and nothing else came from it since`;
    this.#onSilent(new TimeoutError("request", timeoutMs, why));
  }
}
