/** Values on their way to one reader. Never full: a run has few events, for deltas are not among them. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #over: { readonly error: unknown } | "ended" | undefined;
  #wake: () => void = () => {};

  /** Adds a value. What comes after the end is dropped. */
  push(value: T): void {
    if (this.#over !== undefined) return;
    this.#values.push(value);
    this.#wake();
  }

  /** Ends the reading, behind what is still to be read. */
  end(): void {
    this.#over ??= "ended";
    this.#wake();
  }

  /** The same with an error. */
  fail(error: unknown): void {
    this.#over ??= { error };
    this.#wake();
  }

  /** The same at once: what has not been read is dropped. */
  abort(error: unknown): void {
    this.#values.length = 0;
    this.#over = { error };
    this.#wake();
  }

  /** Everything, until the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#over === "ended") return;
      if (this.#over !== undefined) throw this.#over.error;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
