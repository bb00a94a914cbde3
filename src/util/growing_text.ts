/** How many pieces are joined at a time: joining each one on its own would copy the text again and again. */
const JOIN_AT = 64;

/**
 * A text that comes in many small pieces and is read once in a while. What `+=` makes of them keeps every piece for as long
 * as nobody reads it, and that is some ten times what its characters take.
 */
export class GrowingText {
  readonly #joined: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  constructor(first: string = "") {
    if (first !== "") this.append(first);
  }

  get length(): number {
    return this.#length;
  }

  append(piece: string): void {
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length < JOIN_AT) return;
    this.#joined.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  toString(): string {
    return this.#joined.join("") + this.#pieces.join("");
  }
}
