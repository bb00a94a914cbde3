/** A stream that is listening from its creation, and that starts the connection when it is first read. */
export class LazyStream<T> implements AsyncIterableIterator<T> {
  readonly #source: AsyncIterableIterator<T>;
  #start: (() => Promise<void>) | undefined;

  constructor(source: AsyncIterableIterator<T>, start: () => Promise<void>) {
    this.#source = source;
    this.#start = start;
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
    return await this.#source.next();
  }

  async return(): Promise<IteratorResult<T>> {
    this.#start = undefined;
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
