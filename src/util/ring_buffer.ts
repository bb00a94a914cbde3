/**
 * Keeps the last `capacity` bytes that were written to it: the tail of a child's stderr.
 *
 * A ring of bytes, not of lines: a child that prints one endless line costs no more than any other.
 */
export class RingBuffer {
  readonly #bytes: Uint8Array;
  #next = 0;
  #full = false;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  write(chunk: Uint8Array): void {
    const capacity = this.#bytes.length;
    const tail = chunk.length > capacity ? chunk.subarray(chunk.length - capacity) : chunk;
    const first = Math.min(tail.length, capacity - this.#next);
    this.#bytes.set(tail.subarray(0, first), this.#next);
    this.#bytes.set(tail.subarray(first), 0);
    if (this.#next + tail.length >= capacity) this.#full = true;
    this.#next = capacity === 0 ? 0 : (this.#next + tail.length) % capacity;
  }

  /** The kept bytes as text. A character cut at the front is dropped rather than shown as U+FFFD. */
  text(): string {
    if (!this.#full) return new TextDecoder().decode(this.#bytes.subarray(0, this.#next));
    const bytes = new Uint8Array(this.#bytes.length);
    bytes.set(this.#bytes.subarray(this.#next), 0);
    bytes.set(this.#bytes.subarray(0, this.#next), this.#bytes.length - this.#next);
    let start = 0;
    while (start < 4 && start < bytes.length && (bytes[start]! & 0xc0) === 0x80) start++;
    return new TextDecoder().decode(bytes.subarray(start));
  }
}
