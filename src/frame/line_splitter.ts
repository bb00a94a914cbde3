import { ProtocolError } from "../errors.ts";

/** What a {@linkcode LineSplitter} may be told. */
export interface LineSplitterOptions {
  /** A line longer than this many bytes is a {@linkcode ProtocolError}. */
  readonly maxLineBytes: number;
  /** Called when bytes were not UTF-8 and have become U+FFFD. */
  readonly onInvalidUtf8?: () => void;
}

const NEWLINE = 0x0a;

/**
 * Cuts bytes into lines of text, at byte 0x0A alone: U+2028, U+2029 and U+0085 are ordinary characters on this wire.
 *
 * A block that ends with a newline is decoded in one go and cut as text, since a UTF-8 character never spans a newline;
 * only an unfinished line is kept, as bytes, and joined once when its newline comes. So the cost is linear in the
 * number of bytes however they are cut, and no decoder state is carried from chunk to chunk.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #onInvalidUtf8: (() => void) | undefined;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(options: LineSplitterOptions) {
    this.#maxLineBytes = options.maxLineBytes;
    this.#onInvalidUtf8 = options.onInvalidUtf8;
  }

  /**
   * Takes a chunk and returns the lines that it completes, without their newline and a trailing CR.
   *
   * @throws {ProtocolError} If a line is longer than the limit. The splitter is of no use afterwards.
   */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(chunk);
      return lines;
    }
    let start = 0;
    if (this.#pendingBytes > 0) {
      const first = chunk.indexOf(NEWLINE);
      this.#keep(chunk.subarray(0, first));
      lines.push(withoutCr(this.#decode(this.#takePending())));
      start = first + 1;
    }
    if (start <= last) this.#cut(chunk.subarray(start, last), lines);
    // A copy: the rest of a line must not keep a whole chunk alive.
    if (last + 1 < chunk.length) this.#keep(chunk.slice(last + 1));
    return lines;
  }

  /** The last line, if the bytes ended without a newline. */
  end(): string | undefined {
    if (this.#pendingBytes === 0) return undefined;
    return withoutCr(this.#decode(this.#takePending()));
  }

  #cut(block: Uint8Array, lines: string[]): void {
    const text = this.#decode(block);
    const first = lines.length;
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      lines.push(text.slice(from, at));
      from = at + 1;
    }
    lines.push(from === 0 ? text : text.slice(from));
    // The whole block is looked at once, and its lines only if one of them can be too long, or end with a CR.
    if (text.length > this.#maxLineBytes) {
      for (const { length } of lines) if (length > this.#maxLineBytes) this.#tooLong(length);
    }
    if (text.includes("\r")) { for (let i = first; i < lines.length; i++) lines[i] = withoutCr(lines[i]!); }
  }

  #keep(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#maxLineBytes) this.#tooLong(this.#pendingBytes);
    if (bytes.length > 0) this.#pending.push(bytes);
  }

  #tooLong(length: number): never {
    this.#pending = [];
    this.#pendingBytes = 0;
    throw new ProtocolError(
      `The server sent a line of more than ${this.#maxLineBytes} bytes (${length} so far). ` +
        `If it is meant to, raise limits.maxLineBytes`,
    );
  }

  #takePending(): Uint8Array {
    const [first] = this.#pending;
    const whole = this.#pending.length === 1 && first !== undefined ? first : join(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    return whole;
  }

  #decode(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes);
    // U+FFFD may also have been sent as such; only then is the second, strict look worth its time.
    if (this.#onInvalidUtf8 !== undefined && text.includes("\uFFFD") && !isUtf8(bytes)) this.#onInvalidUtf8();
    return text;
  }
}

function withoutCr(line: string): string {
  return line.charCodeAt(line.length - 1) === 0x0d ? line.slice(0, -1) : line;
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
