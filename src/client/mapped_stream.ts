/** A stream of what `map` makes of another one's values; where it makes `undefined`, the value is passed over. */
export class MappedStream<T, U> implements AsyncIterableIterator<U> {
  readonly #source: AsyncIterableIterator<T>;
  readonly #map: (value: T) => U | undefined;

  constructor(source: AsyncIterableIterator<T>, map: (value: T) => U | undefined) {
    this.#source = source;
    this.#map = map;
  }

  async next(): Promise<IteratorResult<U>> {
    for (;;) {
      const result = await this.#source.next();
      if (result.done === true) return { done: true, value: undefined };
      const value = this.#map(result.value);
      if (value !== undefined) return { done: false, value };
    }
  }

  async return(): Promise<IteratorResult<U>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
