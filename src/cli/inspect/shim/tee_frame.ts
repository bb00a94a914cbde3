/**
 * How a shim tells the inspector of what passes through it: frames of a kind, a time, a length and a payload.
 *
 * @module
 */

/** What a frame holds. `gap`: bytes that passed while too many waited, as `{"of":"in","bytes":N}`. */
export type FrameKind = "hello" | "out" | "in" | "err" | "gap" | "end";

/** One frame. */
export interface Frame {
  readonly kind: FrameKind;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly payload: Uint8Array;
}

const KINDS: readonly FrameKind[] = ["hello", "out", "in", "err", "gap", "end"];
const HEAD = 13;

/** A longer one is no frame of ours: what passes is cut into chunks of 64 KB or so. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** A frame's bytes. */
export function encodeFrame({ kind, at, payload }: Frame): Uint8Array {
  const bytes = new Uint8Array(HEAD + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KINDS.indexOf(kind));
  view.setFloat64(1, at);
  view.setUint32(9, payload.length);
  bytes.set(payload, HEAD);
  return bytes;
}

/** Finds the frames in bytes, cut anywhere. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** @throws {TypeError} If these are no frames. */
  *read(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= HEAD) {
      const head = this.#peek(HEAD);
      const view = new DataView(head.buffer, head.byteOffset, HEAD);
      const kind = KINDS[view.getUint8(0)];
      const length = view.getUint32(9);
      if (kind === undefined || length > MAX_PAYLOAD) throw new TypeError("These bytes are no frames of a shim");
      if (this.#length < HEAD + length) return;
      const at = view.getFloat64(1);
      const whole = this.#peek(HEAD + length);
      this.#chunks = [whole.subarray(HEAD + length), ...this.#chunks.slice(1)];
      this.#length -= HEAD + length;
      yield { kind, at, payload: whole.subarray(HEAD, HEAD + length) };
    }
  }

  /** Makes the first chunk at least so long. */
  #peek(length: number): Uint8Array {
    let [first = new Uint8Array()] = this.#chunks;
    if (first.length >= length) return first;
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    first = joined;
    this.#chunks = [first];
    return first;
  }
}
