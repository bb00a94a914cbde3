/**
 * Secrets in a text: assignments, headers, flags, YAML, TOML, and JSON that is only a part of it, its quotes escaped or
 * not. One walk from name to name.
 *
 * @module
 */
import { REDACTED } from "./redacted.ts";
import { secrecyOf, SECRET_WORD } from "./secret_names.ts";
import { redactShapes, SUSPICIOUS_SHAPE } from "./secret_shapes.ts";

/** How far a name reaches beyond the word that makes it one. With a bound, a text of one endless name stays linear. */
const NAME_REACH = 64;

/** What stands between a name and its value. The last is of an object with a `name` and a `value`. */
const SEPARATOR =
  /\s{0,100}(?::=|=>|:|=(?!=)|[,\s]\s{0,100}\\{0,63}["']?value\\{0,63}["']?\s{0,100}[:=])(?:[^\S\n]|\\t){0,100}|\s{1,9}is:?\s{1,9}(?=\S*\d)/y;
/** The next line, and how far it is indented. Behind a name it is a value only if it is, or is quoted. */
const NEXT_LINE = /(?:[|>][+-]?\d?[^\S\n]{0,9})?(?:\n|\\r?\\?n)((?:[^\S\n]|\\t){0,100})(- )?/y;
/** Another line of the same block. */
const GOES_ON = /\n(?:[^\S\n]{1,100}\S|- )/y;
/** What makes the word behind it a name, and the one behind that its value. */
const SETTING = /(?:^|[\s;&|(])(?:setx|setenv|set(?:\s-\w{1,9}){1,3})\s{1,9}$/;
const COMMA = /\s{0,100},\s{0,100}(?=[\\"'`])/y;
const SPACE = /(?:\s|\\[nrt]){1,100}/y;
/** A quote, with the backslashes that stand before it in escaped JSON. */
const QUOTE = /\\{0,4095}["'`]/y;
/** How the value of an `Authorization` begins, if the secret is the second word. */
const SCHEME = /(?:basic|bearer|token|apikey|negotiate|ntlm)\s+/iy;
/** Headers whose value is the rest of the line, blanks and all. */
const WHOLE_LINE = /^(?:(?:set-)?cookie2?|(?:proxy-)?authorization)$/i;
const NUMBER = /^[\d.,_]+[.,;)]*$/;

/** Takes secrets out of a text. */
export function redactText(text: string): string {
  const named = SECRET_WORD.test(text) ? new NameWalk(text).run() : text;
  return SUSPICIOUS_SHAPE.test(named) ? redactShapes(named) : named;
}

/** A name in the text: where it is, and how it is written. */
interface Name {
  readonly start: number;
  readonly end: number;
  /** `--token`: its value may follow behind a blank. */
  readonly flag: boolean;
  /** The quote right before it, if there is one: it ends what it began. */
  readonly quote: string | undefined;
  readonly text: string;
}

class NameWalk {
  readonly #text: string;
  readonly #words = new RegExp(SECRET_WORD.source, "gi");
  /** Where a quote of each kind stands last: behind it none needs to be looked for. */
  readonly #lastQuote: Readonly<Record<string, number>>;
  /** Up to where brackets have been looked through and hold no string: those within them need no second look. */
  #bare = 0;
  #out = "";
  #from = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lastQuote = { '"': text.lastIndexOf('"'), "'": text.lastIndexOf("'"), "`": text.lastIndexOf("`") };
  }

  run(): string {
    for (let found = this.#words.exec(this.#text); found !== null; found = this.#words.exec(this.#text)) {
      const name = this.#nameAt(found.index, this.#words.lastIndex);
      const secrecy = secrecyOf(name.text);
      const end = secrecy === null ? name.end : this.#value(name, secrecy === "text");
      this.#words.lastIndex = Math.max(end, name.end);
    }
    return this.#out + this.#text.slice(this.#from);
  }

  #nameAt(first: number, behind: number): Name {
    let start = first;
    while (start > this.#from && first - start < NAME_REACH && isNameChar(this.#text.charCodeAt(start - 1))) start--;
    let end = behind;
    while (end - behind < NAME_REACH && isNameChar(this.#text.charCodeAt(end))) end++;
    // The `n` of a line break as JSON writes it is no part of the name behind it.
    if (start < first && this.#text[start - 1] === "\\" && /[nrt]/.test(this.#text[start]!)) start++;
    const dashes = /^-*/.exec(this.#text.slice(start, first))![0].length;
    const before = this.#text[start - 1];
    return {
      start: start + dashes,
      end,
      flag: dashes > 0 || SETTING.test(this.#text.slice(Math.max(0, start - 40), start)),
      quote: before === '"' || before === "'" || before === "`" ? before : undefined,
      text: this.#text.slice(start + dashes, end),
    };
  }

  /** Takes out the value of a name, if there is one; returns where the search goes on. */
  #value(name: Name, keepNumbers: boolean): number {
    const text = this.#text;
    const close = match(QUOTE, text, name.end);
    if (text[name.start - 1] === "<" && text[name.end] === ">") return this.#element(name);
    const closed = close?.end ?? name.end;
    const behind = close !== null && text[closed] === "]" ? closed + 1 : closed;
    const separator = match(SEPARATOR, text, behind);
    const blank = name.flag ? match(close === null ? SPACE : COMMA, text, behind) : null;
    let start = separator?.end ?? blank?.end;
    if (start === undefined) return name.end;
    const line = match(NEXT_LINE, text, start);
    if (line !== null) {
      const opens = /["'`[{\\]/.test(text[line.end] ?? "");
      if (!opens) return this.#block(line, start);
      start = line.end;
    }
    if (text.startsWith(REDACTED, start)) return start + REDACTED.length;
    const colon = separator !== null && separator.text.includes(":");
    const end = this.#valueEnd(name, start, { close, colon, tight: separator?.text === "=" });
    if (keepNumbers && end.to - end.from < 40 && NUMBER.test(text.slice(end.from, end.to))) return end.to;
    return this.#take(end.from, end.to, end.inner);
  }

  /** `<password>...</password>` */
  #element({ end }: Name): number {
    const close = this.#text.indexOf("<", end);
    return this.#take(end + 1, close === -1 ? this.#text.length : close);
  }

  /** The lines below a name that are indented, or a list: a block of YAML. There may be none. */
  #block(line: Match, start: number): number {
    const text = this.#text;
    if (!/[^\S\n]$|\\t$/.test(line.text)) return start;
    let to = this.#lineEnd(line.end, undefined);
    while (to < text.length && match(GOES_ON, text, to) !== null) to = this.#lineEnd(to + 1, undefined);
    return this.#take(line.end, to);
  }

  #take(from: number, to: number, by: string = REDACTED): number {
    if (from >= to) return to;
    this.#out += this.#text.slice(this.#from, from) + by;
    this.#from = to;
    return to;
  }

  #valueEnd(
    name: Name,
    start: number,
    how: { readonly close: Match | null; readonly colon: boolean; readonly tight: boolean },
  ): { readonly from: number; readonly to: number; readonly inner?: string } {
    const text = this.#text;
    const opens = match(QUOTE, text, start);
    if (opens !== null) {
      const triple = opens.text.repeat(3);
      if (text.startsWith(triple, start)) {
        const end = text.indexOf(triple, start + triple.length);
        return { from: start + triple.length, to: end === -1 ? text.length : end };
      }
      const to = this.#closing(opens);
      // `"a"b` is one word of a shell.
      const rest = to < text.length && how.tight ? this.#wordEnd(match(QUOTE, text, to)!.end, name) : to;
      return { from: opens.end, to: Math.max(to, rest > to + opens.text.length ? rest : to) };
    }
    if (text[start] === "[" || text[start] === "{") {
      const list = this.#bracketed(start);
      if (list !== null) return { from: start, ...list };
    }
    if (
      how.colon && how.close === null &&
      (name.quote !== undefined || WHOLE_LINE.test(name.text) || this.#beginsLine(name))
    ) {
      const from = match(SCHEME, text, start)?.end ?? start;
      return { from, to: this.#lineEnd(from, name.quote) };
    }
    const from = match(SCHEME, text, start)?.end ?? start;
    return {
      from,
      to: how.tight || how.close !== null ? this.#wordEnd(from, name) : this.#blankAfter(from, name.quote),
    };
  }

  /** Where the string that this quote opens is closed; where it is not, the end of the text. */
  #closing({ end, text }: Match): number {
    const quote = text.at(-1)!;
    const depth = text.length - 1;
    const last = this.#lastQuote[quote]!;
    for (let at = end; at <= last;) {
      const next = this.#text.indexOf(quote, at);
      if (next === -1) break;
      let backslashes = 0;
      while (next - backslashes > end && this.#text.charCodeAt(next - backslashes - 1) === 0x5c) backslashes++;
      // Each level of escaping makes `2n + 1` backslashes of `n`; what is left over on this level must be even.
      const left = (backslashes + 1) / (depth + 1) - 1;
      if (quote === "'" || backslashes < depth || left % 2 === 0) return next - Math.min(backslashes, depth);
      at = next + 1;
    }
    return this.#text.length;
  }

  /** A list or an object of secrets: every string in it but the names. `null` if it has none. */
  #bracketed(start: number): { readonly to: number; readonly inner: string } | null {
    const text = this.#text;
    if (start < this.#bare || start > this.#lastQuote['"']!) return null;
    let inner = "";
    let from = start;
    let depth = 0;
    let at = start;
    for (; at < text.length; at++) {
      const char = text[at]!;
      if (char === "[" || char === "{") depth++;
      else if (char === "]" || char === "}") {
        if (--depth === 0) break;
      } else if (char === '"' || char === "\\") {
        const opens = match(QUOTE, text, at);
        if (opens === null) {
          while (text[at + 1] === "\\") at++;
          continue;
        }
        const to = this.#closing(opens);
        const closes = match(QUOTE, text, to);
        const isName = closes !== null && /^\s{0,100}:/.test(text.slice(closes.end, closes.end + 101));
        if (!isName && to > opens.end) {
          inner += text.slice(from, opens.end) + REDACTED;
          from = to;
        }
        at = (closes?.end ?? text.length) - 1;
      }
    }
    this.#bare = at;
    return from === start ? null : { to: at, inner: inner + text.slice(from, at) };
  }

  /** Whether nothing but blanks, a list's dash or `export` stands before the name on its line: YAML, a header, `.env`. */
  #beginsLine({ start }: Name): boolean {
    return /(?:^|[\n\r]|\\[nr])[ \t]{0,60}(?:- )?$/.test(this.#text.slice(Math.max(0, start - 64), start));
  }

  #lineEnd(from: number, quote: string | undefined): number {
    for (let at = from; at < this.#text.length; at++) {
      const char = this.#text[at]!;
      if (char === "\n" || char === "\r") return at;
      if (char === quote) return at - this.#backslashesBefore(at, from);
    }
    return this.#text.length;
  }

  #blankAfter(from: number, quote: string | undefined): number {
    let at = from;
    for (; at < this.#text.length; at++) {
      const char = this.#text[at]!;
      if (/\s/.test(char)) break;
      if (char === quote) return at - this.#backslashesBefore(at, from);
    }
    return at;
  }

  /** The end of a word of a shell, or of a value in an address: quotes within hold it together. */
  #wordEnd(from: number, { quote }: Name): number {
    let at = from;
    for (; at < this.#text.length; at++) {
      const char = this.#text[at]!;
      if (char === "\\" && this.#text[at + 1] === " ") {
        at++;
        continue;
      }
      if (char === "(" && this.#text[at - 1] === "$") {
        const close = this.#text.indexOf(")", at);
        if (close === -1) return this.#text.length;
        at = close;
        continue;
      }
      if (/[\s&;|<>()]/.test(char)) break;
      if (char === quote) return at - this.#backslashesBefore(at, from);
      if (char !== '"' && char !== "'") continue;
      if (at >= this.#lastQuote[char]!) return at - this.#backslashesBefore(at, from);
      at = this.#text.indexOf(char, at + 1);
    }
    return at;
  }

  #backslashesBefore(at: number, from: number): number {
    let count = 0;
    while (at - count > from && this.#text.charCodeAt(at - count - 1) === 0x5c) count++;
    return count;
  }
}

interface Match {
  readonly text: string;
  readonly end: number;
}

function match(pattern: RegExp, text: string, at: number): Match | null {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? null : { text: found[0], end: pattern.lastIndex };
}

/** `[\w-]`. */
function isNameChar(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f || code === 0x2d;
}
