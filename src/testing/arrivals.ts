import { startTimer } from "../util/timer.ts";

/** How long a test waits for something that must come before it is told what came instead, in milliseconds. */
export const WAIT_TIMEOUT_MS = 30_000;

/** Things that come in one after the other, and those who wait for one. */
export class Arrivals<T> {
  readonly #list: T[] = [];
  readonly #watchers = new Set<() => void>();

  /** All so far. */
  get list(): readonly T[] {
    return this.#list;
  }

  /** Takes one in, and wakes whoever waited for it. */
  add(arrival: T): void {
    this.#list.push(arrival);
    for (const look of [...this.#watchers]) look();
  }

  /**
   * Resolves with what `find` makes of the list, as soon as that is not `undefined`.
   *
   * @throws {Error} With the text of `describe`, if it has not come within `timeoutMs`.
   */
  until<R>(find: (list: readonly T[]) => R | undefined, timeoutMs: number, describe: () => string): Promise<R> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        stop();
        this.#watchers.delete(look);
        settle();
      };
      const look = () => {
        const found = find(this.#list);
        if (found !== undefined) finish(() => resolve(found));
      };
      const stop = startTimer(timeoutMs, () => {
        finish(() => reject(new Error(`Waited ${timeoutMs} ms for ${describe()}`)));
      });
      this.#watchers.add(look);
      look();
    });
  }
}
