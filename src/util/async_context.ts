/**
 * The async context (`AsyncLocalStorage` and its like) of the place where it was made, to run things in later.
 *
 * A suspended async function keeps its context, on every runtime and by the language alone: Node's own means would have
 * to be loaded for it, which takes 15 ms of a start on Deno. So what runs here runs a moment later, never at once.
 *
 * Goes when nobody holds it any more, and the context with it.
 */
export class AsyncContext {
  readonly #waiting: (() => void)[] = [];
  #wake: () => void = () => {};

  constructor() {
    void this.#serve();
  }

  /** Runs `work` in the context, and settles as that does. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // In a reaction of its own: what it does to the context (`enterWith`) is gone with it.
      this.#waiting.push(() => void Promise.resolve().then(work).then(resolve, reject));
      this.#wake();
    });
  }

  async #serve(): Promise<never> {
    for (;;) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      for (const start of this.#waiting.splice(0)) start();
    }
  }
}
