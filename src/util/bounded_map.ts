import { RecentMap } from "./recent_map.ts";

/** What an entry takes beside its texts: about what a Map and a small object need. */
const ENTRY_BYTES = 128;

/**
 * A Map whose keys and values may take so many bytes and no more: what was set first is forgotten first. For what a
 * server can make this client remember.
 */
export class BoundedMap<V> extends RecentMap<V> {
  readonly #maxBytes: number;
  readonly #sizeOf: (value: V) => number;
  readonly #onForgotten: (key: string, value: V) => void;
  /** What each took when it was set: a value may have grown since. */
  readonly #costs = new Map<string, number>();
  #bytes = 0;

  /**
   * @param sizeOf What a value takes beside its key. Default: nothing.
   * @param onForgotten Told of what had to go.
   */
  constructor(
    maxBytes: number,
    sizeOf: (value: V) => number = () => 0,
    onForgotten: (key: string, value: V) => void = () => {},
  ) {
    super();
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
    this.#onForgotten = onForgotten;
  }

  /** How much it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sets a value, as the youngest. One that is too large by itself is not kept. */
  override set(key: string, value: V): this {
    this.delete(key);
    super.set(key, value);
    const cost = key.length + this.#sizeOf(value) + ENTRY_BYTES;
    this.#costs.set(key, cost);
    this.#bytes += cost;
    while (this.#bytes > this.#maxBytes) {
      const [oldest] = this;
      const [name, gone] = oldest!;
      this.delete(name);
      this.#onForgotten(name, gone);
    }
    return this;
  }

  override delete(key: string): boolean {
    this.#bytes -= this.#costs.get(key) ?? 0;
    this.#costs.delete(key);
    return super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#costs.clear();
    this.#bytes = 0;
  }
}
