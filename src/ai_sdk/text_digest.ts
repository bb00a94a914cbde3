/** What of a text that was sent piece by piece is kept to know it again: its length and a checksum (FNV-1a, 32 bits). */
export class TextDigest {
  #length = 0;
  #sum = 0x811c9dc5;

  get length(): number {
    return this.#length;
  }

  append(piece: string): void {
    this.#length += piece.length;
    this.#sum = checksum(piece, piece.length, this.#sum);
  }

  /** Whether a text begins with this one. */
  begins(text: string): boolean {
    return text.length >= this.#length && checksum(text, this.#length, 0x811c9dc5) === this.#sum;
  }
}

function checksum(text: string, length: number, sum: number): number {
  for (let at = 0; at < length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum;
}
