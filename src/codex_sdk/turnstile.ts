/** Lets one through at a time, for each key, in the order in which they came. */
export class Turnstile {
  readonly #last = new Map<unknown, Promise<void>>();

  /**
   * Waits until nobody else is inside.
   *
   * @returns How to leave.
   * @throws The signal's reason, if it aborts first. The place in the queue is given up then.
   */
  async enter(key: unknown, signal: AbortSignal): Promise<() => void> {
    const before = this.#last.get(key) ?? Promise.resolve();
    let leave: () => void = () => {};
    const inside = new Promise<void>((resolve) => leave = resolve);
    const last = before.then(() => inside);
    this.#last.set(key, last);
    void last.then(() => {
      if (this.#last.get(key) === last) this.#last.delete(key);
    });
    try {
      await Promise.race([before, aborted(signal)]);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
