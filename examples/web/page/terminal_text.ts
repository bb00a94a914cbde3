// deno-lint-ignore-file no-control-regex -- controls are what it is about
/** A piece of what a command printed, in one style. */
export interface Span {
  readonly text: string;
  /** Names of classes: `fg-2`, `bg-1`, `bold`, `dim`, `italic`, `underline`; or `control`, a character made visible. */
  readonly classes: readonly string[];
}

/**
 * What a terminal would show of an output, line by line. Colours become classes; what else escape sequences do to a
 * terminal, to its title, its clipboard, its screen, is left out; a carriage return writes the line anew.
 *
 * An output is written by whoever wrote the file that was read: it must not be able to pass for the page.
 */
export function terminalLines(output: string): Span[][] {
  const lines: Span[][] = [[]];
  let style: Style = PLAIN;
  for (const token of output.match(TOKENS) ?? []) {
    const line = lines.at(-1)!;
    if (token === "\n" || token === "\r\n") lines.push([]);
    else if (token === "\r") line.length = 0;
    else if (token[0] === "\x1b" || token[0] === "\x9b") style = styled(style, token);
    else for (const span of visible(token)) line.push({ ...span, classes: [...span.classes, ...classesOf(style)] });
  }
  return lines;
}

/** Escape sequences (those of colours, others, those that carry a text), ends of lines, and all between them. */
const TOKENS = new RegExp(
  [
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?",
    "\\x1b[\\]PX^_][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)?",
    "\\x1b[ -/]*[0-~]?",
    "\\r\\n|\\n|\\r(?!\\n)",
    "[^\\x1b\\x9b\\r\\n]+",
  ].join("|"),
  "g",
);

interface Style {
  readonly fg: string;
  readonly bg: string;
  readonly marks: readonly string[];
}

const PLAIN: Style = { fg: "", bg: "", marks: [] };
const MARKS: Readonly<Record<number, string>> = { 1: "bold", 2: "dim", 3: "italic", 4: "underline" };

function styled(style: Style, sequence: string): Style {
  const codes = /^(?:\x1b\[|\x9b)([\d;]*)m$/.exec(sequence)?.[1];
  if (codes === undefined) return style;
  const numbers = codes.split(";").map(Number);
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at]!;
    if (code === 0) style = PLAIN;
    else if (MARKS[code] !== undefined) style = { ...style, marks: [...new Set([...style.marks, MARKS[code]])] };
    else if (code >= 22 && code <= 24) style = { ...style, marks: [] };
    else if (code >= 30 && code <= 37 || code >= 90 && code <= 97) style = { ...style, fg: `fg-${code % 10}` };
    else if (code >= 40 && code <= 47 || code >= 100 && code <= 107) style = { ...style, bg: `bg-${code % 10}` };
    else if (code === 39) style = { ...style, fg: "" };
    else if (code === 49) style = { ...style, bg: "" };
    else if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4; // of 256 or of all colours: as plain text
  }
  return style;
}

function classesOf({ fg, bg, marks }: Style): string[] {
  return [fg, bg, ...marks].filter((name) => name !== "");
}

/** Controls, what turns the direction of writing, what has no width: all that makes a text look like another one. */
const HIDDEN =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** A text whose hidden characters are shown by their names. */
export function visible(text: string): Span[] {
  return text.split(new RegExp(`(${HIDDEN.source})`, "u")).filter((part) => part !== "").map((part) =>
    HIDDEN.test(part) ? { text: nameOf(part), classes: ["control"] } : { text: part, classes: [] }
  );
}

function nameOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
