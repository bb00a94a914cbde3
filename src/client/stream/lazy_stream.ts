/** A stream that is listening from its creation, and that starts the connection when it is first read. */
export class LazyStream<T> implements AsyncIterableIterator<T> {
  #source: AsyncIterableIterator<T> | undefined;
  #start: (() => Promise<void>) | undefined;
  #over = false;

  /**
   * @param listen Hands on what is to be read: at once, or, while there is nothing yet that could be missed, later; at the
   * latest when the connection has started.
   */
  constructor(listen: (handOn: (source: AsyncIterableIterator<T>) => void) => void, start: () => Promise<void>) {
    this.#start = start;
    listen((source) => {
      this.#source = source;
      if (this.#over) void source.return?.();
    });
  }

  async next(): Promise<IteratorResult<T>> {
    const start = this.#start;
    if (start !== undefined) {
      try {
        await start();
      } catch (error) {
        // A failed `next` is the end for its reader, who will not say so.
        await this.return();
        throw error;
      }
      this.#start = undefined;
    }
    return await this.#source?.next() ?? { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#start = undefined;
    this.#over = true;
    await this.#source?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
