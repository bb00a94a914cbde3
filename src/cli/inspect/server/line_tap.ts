/** A line that was found, or its beginning; `length` is the whole one's, in characters. */
export type OnLine = (line: string, length: number) => void;

/**
 * Finds the lines in bytes that pass by. Of a long one the beginning is kept, so that no peer decides how much memory
 * this takes.
 */
export class LineTap {
  readonly #onLine: OnLine;
  readonly #maxChars: number;
  #decoder = new TextDecoder();
  #parts: string[] = [];
  #kept = 0;
  #length = 0;
  /** After a hole: what comes now is the rest of a line whose beginning is not known. */
  #isTorn = false;

  constructor(onLine: OnLine, maxChars: number) {
    this.#onLine = onLine;
    this.#maxChars = maxChars;
  }

  write(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Bytes are missing: the line that they were of is given up. */
  hole(): void {
    this.#decoder = new TextDecoder();
    this.#clear();
    this.#isTorn = true;
  }

  /** There are no more bytes: what is left is a line too. */
  end(): void {
    this.#add(this.#decoder.decode());
    if (this.#length > 0 && !this.#isTorn) this.#line();
  }

  #add(text: string): void {
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      this.#keep(text.slice(from, to));
      if (this.#isTorn) this.#clear();
      else this.#line();
      this.#isTorn = false;
      from = to + 1;
    }
    this.#keep(text.slice(from));
  }

  #keep(part: string): void {
    if (part === "") return;
    this.#length += part.length;
    const room = this.#maxChars - this.#kept;
    if (room <= 0) return;
    this.#parts.push(part.length > room ? part.slice(0, room) : part);
    this.#kept += part.length;
  }

  #line(): void {
    const line = this.#parts.join("");
    const length = this.#length;
    this.#clear();
    this.#onLine(line, length);
  }

  #clear(): void {
    this.#parts = [];
    this.#kept = 0;
    this.#length = 0;
  }
}
