/**
 * Text of unknown origin, harmless to show and unlike any other: whatever is not plainly seen is spelled out with a
 * backslash in front, and so a backslash itself is doubled.
 *
 * @module
 */
import { redact } from "../transport/redact.ts";

/**
 * What is not plainly seen: controls, formats, separators, private and unassigned characters, halves of characters,
 * whatever may be ignored, and blanks that are not the common one, some of them by their looks alone.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|[\u2800\ufffc\u{16fe4}\u{1d159}]/u;

/** A mark is drawn over what it follows. One or two over a letter are how many languages write; more climb over lines. */
const ORDINARY_MARK = /(?<=\p{L}[\p{Mn}\p{Mc}]?)[\p{Mn}\p{Mc}]/uy;

/** So long is a reason: a few lines of a log. */
const REASON_MAX = 1_000;

/** What is not cut: a character, or how it is spelled out. */
interface Piece {
  readonly text: string;
  /** How many columns of a terminal it takes, at most. */
  readonly columns: number;
  /** How much of the original it stands for. */
  readonly length: number;
}

/** Text with everything that is not plainly seen spelled out: `\n`, `\t`, `\u{1b}`, `\s{80}` (80 blanks), `\\`. */
export function visible(text: string): string {
  return Array.from(piecesOf(text), (piece) => piece.text).join("");
}

/** A reason that a policy gives, of what somebody else wrote: for a log, whoever reads that. */
export function shown(reason: string): string {
  return visibleWithin(redact(reason), REASON_MAX);
}

/** How many columns visible text takes, at most; no more than `limit` are counted. */
export function widthOf(text: string, limit: number): number {
  let columns = 0;
  for (const piece of piecesOf(text)) {
    columns += piece.columns;
    if (columns >= limit) return limit;
  }
  return columns;
}

/** Visible text in at most so many columns (32 or more): its head and its tail, and how much between them is not shown. */
export function visibleWithin(text: string, columns: number): string {
  if (widthOf(text, columns + 1) <= columns) return visible(text);
  // No other backslash stands before a bracket.
  const note = (count: number) => ` \\[... ${count} characters ...] `;
  const room = Math.max(2, columns - note(text.length).length);
  const head = fitting(piecesOf(text), Math.ceil(room * 0.6));
  // A piece takes a column at least, so the end of the tail is in the last characters.
  const tail = fitting([...piecesOf(text.slice(-room))].reverse(), room - head.columns);
  return head.texts.join("") + note(text.length - head.length - tail.length) + tail.texts.reverse().join("");
}

function fitting(pieces: Iterable<Piece>, room: number) {
  const texts: string[] = [];
  let columns = 0;
  let length = 0;
  for (const piece of pieces) {
    if (columns + piece.columns > room) break;
    texts.push(piece.text);
    columns += piece.columns;
    length += piece.length;
  }
  return { texts, columns, length };
}

function* piecesOf(text: string): Iterable<Piece> {
  for (let at = 0; at < text.length;) {
    const char = String.fromCodePoint(text.codePointAt(at)!);
    let end = at + char.length;
    if (char === " ") { while (text[end] === " ") end++; }
    const shown = char === " " ? blanks(end - at, at > 0 && end < text.length) : spelled(char, text, at);
    // What is not ASCII may take two columns; on what does, terminals do not agree.
    const columns = shown.length > 1 && shown.startsWith("\\") ? shown.length : shown < "\x7f" ? 1 : 2;
    yield { text: shown, columns, length: end - at };
    at = end;
  }
}

/** A single blank is seen between two words, and nowhere else. */
function blanks(count: number, between: boolean): string {
  return count === 1 && between ? " " : `\\s{${count}}`;
}

function spelled(char: string, text: string, at: number): string {
  if (char === "\\") return "\\\\";
  if (char === "\n") return "\\n";
  if (char === "\t") return "\\t";
  ORDINARY_MARK.lastIndex = at;
  const unseen = UNSEEN.test(char) || (/\p{M}/u.test(char) && !ORDINARY_MARK.test(text));
  return unseen ? `\\u{${char.codePointAt(0)!.toString(16)}}` : char;
}
