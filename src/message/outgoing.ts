/**
 * Messages to the server become lines: ones that it can read. A line that it cannot read it drops without an answer, and
 * whoever waits for one waits for ever.
 *
 * @module
 */
import type { RawError, RequestId } from "./message.ts";

/** Any message to the server. */
export type Outgoing =
  | { readonly id: RequestId; readonly method: string; readonly params?: unknown; readonly trace?: object }
  | { readonly method: string; readonly params?: unknown }
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly id: RequestId; readonly error: RawError };

/** How deep a message may be, all of it: what the server's parser of JSON goes down to. Measured with 0.169.0. */
export const MAX_DEPTH = 127;

/** A line, and where in the message a text had to be mended; `null` if none had to be. */
export interface Encoded {
  readonly line: string;
  readonly mended: string | null;
}

/**
 * Makes a line of a message. Half of a surrogate pair, as `slice` leaves it of an emoji, is no text: it becomes U+FFFD,
 * as `TextEncoder` would have it.
 *
 * @throws {TypeError} If the message is not JSON, or deeper than the server reads.
 */
export function encode(message: Outgoing): Encoded {
  const line = stringify(message);
  if ("result" in message && !line.includes('"result":')) {
    throw new TypeError(`This answer is ${typeof message.result}, of which there is no JSON`);
  }
  if (line.length > 2 * MAX_DEPTH && isTooDeep(line)) throw tooDeep(message);
  // JSON.stringify escapes nothing else with these characters, and of these only what has no other half.
  if (!/\\ud/i.test(line)) return { line, mended: null };
  const wellFormed = line.replace(ESCAPES, (escape) => /^\\u[^\\]*$/.test(escape) ? "\ufffd" : escape);
  return { line: wellFormed, mended: wellFormed === line ? null : placeOfHalf(message) ?? "" };
}

/** An escaped backslash, behind which no escape begins; a whole pair, as raw JSON may have it; or half of one. */
const ESCAPES = /\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}/gi;

/** Where half of a surrogate pair stands, as in `params.input[0].text`. Its depth has been looked at. */
function placeOfHalf(value: unknown, path = ""): string | null {
  if (typeof value === "string") return /\p{Cs}/u.test(value) ? path : null;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, part] of Object.entries(value)) {
    const name = path === "" ? key : Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = /\p{Cs}/u.test(key) ? path : placeOfHalf(part, name);
    if (found !== null) return found;
  }
  return null;
}

function stringify(message: Outgoing): string {
  try {
    return JSON.stringify(message);
  } catch (error) {
    // What is deeper than the stack.
    throw error instanceof RangeError ? tooDeep(message, error) : error;
  }
}

function tooDeep(message: Outgoing, cause?: unknown): TypeError {
  const what = "method" in message ? `The params of ${message.method} are` : "This answer is";
  return new TypeError(
    `${what} nested too deep: a message may have ${MAX_DEPTH} levels, for the server reads no more. ` +
      "Send the deep part as a text of JSON, or flatten it",
    cause === undefined ? {} : { cause },
  );
}

/** Counts the open brackets outside of strings, which are skipped in one step. */
function isTooDeep(line: string): boolean {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    switch (line.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(line, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return false;
}

/** Where the string that begins at `start` ends: at the next quote with an even number of backslashes before it. */
function endOfString(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end !== -1; end = line.indexOf('"', end + 1)) {
    let before = end - 1;
    while (line.charCodeAt(before) === 0x5c) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return line.length;
}
