/** A text of at most so many characters, and how many are not in it. No character is cut in two. */
export interface Clipped {
  readonly text: string;
  readonly omitted: number;
}

/** The beginning of a text. */
export function head(text: string, max: number): Clipped {
  if (text.length <= max) return { text, omitted: 0 };
  const end = isLow(text, max) ? max - 1 : max;
  return { text: text.slice(0, end), omitted: text.length - end };
}

/** The end of a text. */
export function tail(text: string, max: number): Clipped {
  if (text.length <= max) return { text, omitted: 0 };
  const start = text.length - max;
  const from = isLow(text, start) ? start + 1 : start;
  return { text: text.slice(from), omitted: from };
}

/** The end of a text that grows. Never holds more than twice as much as it shows. */
export class GrowingTail {
  readonly #max: number;
  #text = "";
  #dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  push(delta: string): void {
    this.#text += delta;
    if (this.#text.length <= 2 * this.#max) return;
    const { text, omitted } = tail(this.#text, this.#max);
    this.#text = text;
    this.#dropped += omitted;
  }

  get(): Clipped {
    const { text, omitted } = tail(this.#text, this.#max);
    return { text, omitted: omitted + this.#dropped };
  }
}

/** Whether a place in a text lies within a character of two units. */
function isLow(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
