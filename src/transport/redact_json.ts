/**
 * Secrets in JSON: one walk over its tokens. What is no secret stays as it was written, to the byte.
 *
 * @module
 */
import { REDACTED } from "./redacted.ts";
import { redactText } from "./redact_text.ts";
import { type Secrecy, secrecyOf } from "./secret_names.ts";

/** An open object or list. */
interface Frame {
  readonly object: boolean;
  /** Whether everything in it is a secret, since its own name says so. */
  readonly secrecy: Secrecy;
  /** In an object, the name that the next value has; `undefined` where a name is awaited. */
  name: string | undefined;
  /** Of an object with `name` and `value`, as lists of variables and headers have them: what the name says. */
  named: Secrecy;
  /** Where its `value` was written. */
  value: number;
  /** In a list, the string before: `"--token", "..."`. */
  before: string;
  /** In a list of lines, whether those of a private key have begun. */
  inKey: boolean;
}

const NAMING = /^(?:id|name|key|variable|header|field|option)$/i;
const VALUE = /^(?:value|answer|default)$/i;
const BARE = /[-+.\w]+/y;
const NO_NUMBER = /[^\d.eE+-]/;
const FLAG = /^--?([\w-]+)$/;
/** A name that stands alone in a list, before its value, as some write headers and variables. */
const PAIR = /^(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|[\w]+(?:-[\w]+)+|authorization|cookie)$/i;

/** Where JSON may begin in a text. */
const BEGIN = /[[{]\s{0,100}["[{]/g;
/** JSON, whole or cut, or a text that may hold some. */
export function redactAny(text: string): string {
  if (/^\s{0,1000}["[{]/.test(text)) {
    const walk = new JsonWalk(text, 0, true);
    const redacted = walk.run();
    if (redacted !== null) return redacted;
  }
  return redactEmbedded(redactText(text));
}

/** What is written in JSON alone, such as the name of a value behind it, where JSON is a part of a text. */
function redactEmbedded(text: string): string {
  let out = "";
  let from = 0;
  // What is tried in vain may cost as much as the text is long, and no more.
  let budget = text.length;
  BEGIN.lastIndex = 0;
  for (let found = BEGIN.exec(text); found !== null && budget > 0; found = BEGIN.exec(text)) {
    const walk = new JsonWalk(text, found.index, false);
    const redacted = walk.run();
    if (redacted === null) budget -= walk.end - found.index;
    else {
      out += text.slice(from, found.index) + redacted;
      from = walk.end;
      BEGIN.lastIndex = from;
    }
  }
  return out + text.slice(from);
}

class JsonWalk {
  readonly #json: string;
  readonly #out: string[] = [];
  readonly #frames: Frame[] = [];
  readonly #whole: boolean;
  /** Up to where it has been read. */
  end: number;
  #from: number;

  /** @param whole Whether all of the text must be JSON; else the value that begins at `start` is all. */
  constructor(json: string, start: number, whole: boolean) {
    this.#json = json;
    this.#from = this.end = start;
    this.#whole = whole;
  }

  /** The JSON without its secrets; `null` if it is none. That it was cut is no reason. */
  run(): string | null {
    const json = this.#json;
    for (let at = this.end; at < json.length; this.end = at) {
      const top = this.#frames.at(-1);
      switch (json.charCodeAt(at)) {
        case 0x20:
        case 0x09:
        case 0x0a:
        case 0x0d:
          at++;
          break;
        case 0x3a: // :
          if (top?.object !== true || top.name === undefined) return null;
          at++;
          break;
        case 0x2c: // ,
          if (top === undefined) return null;
          if (top.object) top.name = undefined;
          at++;
          break;
        case 0x7b: // {
        case 0x5b: // [
          this.#frames.push({
            object: json[at] === "{",
            secrecy: this.#secrecy(top),
            name: undefined,
            named: null,
            value: -1,
            before: "",
            inKey: false,
          });
          at++;
          break;
        case 0x7d: // }
        case 0x5d: // ]
          if (top === undefined || top.object !== (json[at] === "}")) return null;
          this.#frames.pop();
          at++;
          if (this.#frames.length === 0 && !this.#whole) return this.#finish(at);
          break;
        case 0x22: { // "
          const end = endOfString(json, at);
          // Strings one behind the other are the words of some text.
          if (top === undefined && json.slice(end).trim() !== "") return null;
          if (!this.#string(at, end, top)) return null;
          at = end;
          break;
        }
        default: {
          BARE.lastIndex = at;
          const bare = BARE.exec(json)?.[0] ?? "";
          const isNumber = /^-?\d/.test(bare) && !NO_NUMBER.test(bare);
          if (!isNumber && bare !== "true" && bare !== "false" && bare !== "null") return null;
          const end = BARE.lastIndex;
          if (isNumber && this.#secrecy(top) === "always") this.#replace(at, end, `"${REDACTED}"`);
          at = end;
        }
      }
    }
    return this.#finish(json.length);
  }

  #finish(end: number): string {
    this.end = end;
    this.#flush(end);
    return this.#out.join("");
  }

  /** Takes in the string between two quotes. False if it is no string of JSON. */
  #string(start: number, end: number, top: Frame | undefined): boolean {
    const text = decode(this.#json.slice(start, end));
    if (text === null) return false;
    if (top?.object === true && top.name === undefined) {
      top.name = text;
      if (text !== "") this.#put(start, end, text, redactText(text));
      return true;
    }
    if (text !== "") this.#value(start, end, text, top);
    if (top?.object === false) top.before = text.length < 200 ? text : "";
    return true;
  }

  #value(start: number, end: number, text: string, top: Frame | undefined): void {
    if (this.#secrecy(top) !== null || top?.named !== undefined && top.named !== null && isValue(top)) {
      return this.#put(start, end, text, REDACTED);
    }
    const redacted = inList(text, top);
    if (top !== undefined && isValue(top)) {
      // Its name may follow; what it then hides is written anew.
      this.#flush(start);
      top.value = this.#out.length;
      this.#out.push(redacted === text ? this.#json.slice(start, end) : JSON.stringify(redacted));
      this.#from = end;
      return;
    }
    this.#put(start, end, text, redacted);
    if (top?.object === true && top.name !== undefined && NAMING.test(top.name)) {
      top.named ??= secrecyOf(text);
      if (top.named !== null && top.value !== -1) this.#out[top.value] = JSON.stringify(REDACTED);
    }
  }

  /** Whether what comes next is a secret. */
  #secrecy(top: Frame | undefined): Secrecy {
    if (top === undefined) return null;
    if (top.secrecy !== null) return top.secrecy;
    if (top.object) return top.name === undefined ? null : secrecyOf(top.name);
    const [, flag] = FLAG.exec(top.before) ?? [];
    if (flag !== undefined) return secrecyOf(flag);
    return PAIR.test(top.before) ? secrecyOf(top.before) : null;
  }

  #put(start: number, end: number, text: string, redacted: string): void {
    if (redacted !== text) this.#replace(start, end, JSON.stringify(redacted));
  }

  #replace(start: number, end: number, by: string): void {
    this.#flush(start);
    this.#out.push(by);
    this.#from = end;
  }

  #flush(to: number): void {
    this.#out.push(this.#json.slice(this.#from, to));
    this.#from = to;
  }
}

/** What stands in a list may mean something by what stands before it. */
function inList(text: string, top: Frame | undefined): string {
  if (top?.object !== false) return redactAny(text);
  if (/^(?:-u|--user|--proxy-user)$/.test(top.before)) {
    const colon = text.indexOf(":");
    return colon === -1 ? text : text.slice(0, colon + 1) + REDACTED;
  }
  // A private key, line by line.
  if (top.inKey && !text.includes("-----END ")) return REDACTED;
  top.inKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(text) && !text.includes("-----END ");
  return redactAny(text);
}

function isValue(frame: Frame): boolean {
  return frame.object && frame.name !== undefined && VALUE.test(frame.name);
}

/** Behind the quote that closes the string that begins at `start`; the end of the text, if none does. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    if (backslashesBefore(json, end) % 2 === 0) return end + 1;
  }
  return json.length;
}

/** What a string of JSON says, also if it was cut; `null` if it says nothing. */
function decode(token: string): string | null {
  const quoted = token.length > 1 && token.endsWith('"') && backslashesBefore(token, token.length - 1) % 2 === 0;
  if (!token.includes("\\")) return quoted ? token.slice(1, -1) : token.slice(1);
  // The cut may have gone through an escape.
  for (let cut = 0; cut <= (quoted ? 0 : "\\ud83".length); cut++) {
    try {
      return JSON.parse(quoted ? token : `${token.slice(0, token.length - cut)}"`) as string;
    } catch {
      continue;
    }
  }
  return null;
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text.charCodeAt(at - count - 1) === 0x5c) count++;
  return count;
}
