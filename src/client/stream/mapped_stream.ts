/** A stream of what `map` makes of another one's values. */
export class MappedStream<T, U> implements AsyncIterableIterator<U> {
  readonly #source: AsyncIterableIterator<T>;
  readonly #map: (value: T) => U;

  constructor(source: AsyncIterableIterator<T>, map: (value: T) => U) {
    this.#source = source;
    this.#map = map;
  }

  async next(): Promise<IteratorResult<U>> {
    const result = await this.#source.next();
    return result.done === true ? result : { done: false, value: this.#map(result.value) };
  }

  async return(): Promise<IteratorResult<U>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
