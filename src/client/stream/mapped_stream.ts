/** A stream of what `map` makes of another one's values; what it makes `undefined` of is passed over. */
export class MappedStream<T, U> implements AsyncIterableIterator<U> {
  readonly #source: AsyncIterableIterator<T>;
  readonly #map: (value: T) => U | undefined;
  #previous: Promise<unknown> | undefined;

  constructor(source: AsyncIterableIterator<T>, map: (value: T) => U | undefined) {
    this.#source = source;
    this.#map = map;
  }

  /** One read at a time: one that passes something over would get in line again behind those that came after it. */
  next(): Promise<IteratorResult<U>> {
    const next = this.#previous === undefined ? this.#read() : this.#previous.then(() => this.#read());
    const over = next.catch(() => {}).then(() => {
      if (this.#previous === over) this.#previous = undefined;
    });
    this.#previous = over;
    return next;
  }

  async return(): Promise<IteratorResult<U>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #read(): Promise<IteratorResult<U>> {
    for (;;) {
      const result = await this.#source.next();
      if (result.done === true) return result;
      const value = this.#map(result.value);
      if (value !== undefined) return { done: false, value };
    }
  }
}
