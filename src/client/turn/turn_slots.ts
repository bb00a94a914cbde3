import { onAbort } from "../../util/abort.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";

/** Lets so many turns run at a time; the others wait in the order in which they came, and can be given up meanwhile. */
export class TurnSlots {
  readonly #max: number;
  /** A Set keeps its order, and lets one leave from the middle. */
  readonly #waiting = new Set<Deferred<void>>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for a place. Returns how to give it back, which may be done twice. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken >= this.#max || this.#waiting.size > 0) await this.#wait(signal);
    else this.#taken++;
    return this.#placed();
  }

  /** Takes a place although there may be none: what needs it runs already. */
  force(): () => void {
    this.#taken++;
    return this.#placed();
  }

  #placed(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const [next] = this.#waiting;
      if (next === undefined || this.#taken > this.#max) return void this.#taken--;
      this.#waiting.delete(next); // the place goes on to it
      next.resolve();
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const place = deferred<void>();
    this.#waiting.add(place);
    const stopListening = onAbort(signal, (reason) => {
      // One that has got its place in the same moment keeps it, and gives it back.
      if (this.#waiting.delete(place)) place.reject(reason);
    });
    try {
      await place.promise;
    } finally {
      stopListening();
    }
  }
}
