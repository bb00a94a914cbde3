/**
 * What a program printed, as a picture that moves: each piece appears when it was printed, again and again. Where nothing
 * moves (a print, a reader who wants less motion) all of it is shown.
 *
 * @module
 */

/** A piece of output, and when it came, in milliseconds from the start. */
export interface Piece {
  readonly at: number;
  readonly text: string;
}

/** A piece of one line of the screen. */
interface Span {
  readonly at: number;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

const COLUMNS = 104;
const CHAR_WIDTH = 7.8;
const LINE_HEIGHT = 19;
const MARGIN = 16;
const TOP = 38;
/** Words come faster than eyes follow them, so it is shown so many times slower. */
const SLOWER = 4;
/** Longer silence is cut to this. */
const LONGEST_PAUSE_MS = 1200;
/** How long the end is shown. */
const REST_MS = 5000;

/** Draws the pieces as a terminal. `title` is for those who cannot see it. */
export function terminalPicture(pieces: readonly Piece[], title: string): string {
  const spans = layOut(paced(pieces));
  const lines = Math.max(0, ...spans.map(({ line }) => line)) + 1;
  const width = Math.ceil(COLUMNS * CHAR_WIDTH + 2 * MARGIN);
  const height = TOP + lines * LINE_HEIGHT + MARGIN;
  const times = [...new Set(spans.map(({ at }) => at))].sort((a, b) => a - b);
  const whole = (times.at(-1) ?? 0) + REST_MS;
  const frames = times.map((at, index) => {
    const percent = Math.min(99, Math.max(0.02, at / whole * 100));
    return `@keyframes f${index}{0%,${percent.toFixed(2)}%{opacity:0}${(percent + 0.01).toFixed(2)}%,100%{opacity:1}}` +
      `.f${index}{animation:f${index} ${(whole / 1000).toFixed(2)}s step-end infinite}`;
  });
  const texts = spans.map(({ at, line, column, text }) => {
    const x = (MARGIN + column * CHAR_WIDTH).toFixed(1);
    const length = (text.length * CHAR_WIDTH).toFixed(1);
    const kind = column === 0 && /^[$>] /.test(text) ? " k" : "";
    return `<text class="f${times.indexOf(at)}${kind}" x="${x}" y="${TOP + (line + 1) * LINE_HEIGHT - 5}" ` +
      `textLength="${length}">${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
.w{fill:#0d1117;stroke:#30363d}
text{fill:#e6edf3;font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.k{fill:#7ee787;font-weight:600}
@media (prefers-reduced-motion:no-preference){
${frames.join("\n")}
}
</style>
<rect class="w" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<circle cx="20" cy="20" r="6" fill="#ff5f57"/><circle cx="40" cy="20" r="6" fill="#febc2e"/><circle cx="60" cy="20" r="6" fill="#28c840"/>
${texts.join("\n")}
</svg>
`;
}

/** The lines that such a picture shows at its end. */
export function linesOf(picture: string): string[] {
  const lines: string[] = [];
  for (const [, x = "", y = "", text = ""] of picture.matchAll(/<text [^>]*x="([\d.]+)" y="(\d+)"[^>]*>([^<]*)</g)) {
    const line = (Number(y) + 5 - TOP) / LINE_HEIGHT - 1;
    const column = Math.round((Number(x) - MARGIN) / CHAR_WIDTH);
    lines[line] = (lines[line] ?? "").padEnd(column) + unescaped(text);
  }
  return Array.from(lines, (line) => line ?? "");
}

/** The lines of a terminal on which this was printed. */
export function wrapped(text: string): string[] {
  return linesOf(terminalPicture([{ at: 0, text }], ""));
}

function paced(pieces: readonly Piece[]): Piece[] {
  let now = 0;
  return pieces.map(({ at, text }, index) => {
    const pause = (at - (pieces[index - 1]?.at ?? 0)) * SLOWER;
    now += Math.round(Math.min(pause, LONGEST_PAUSE_MS));
    return { at: now, text };
  });
}

function layOut(pieces: readonly Piece[]): Span[] {
  const spans: Span[] = [];
  let line = 0;
  let column = 0;
  for (const { at, text } of pieces) {
    for (const [part] of text.matchAll(/\n|[^\n]+/g)) {
      if (part === "\n") {
        [line, column] = [line + 1, 0];
        continue;
      }
      for (let rest = part; rest !== "";) {
        if (column === COLUMNS) [line, column] = [line + 1, 0];
        const fits = rest.slice(0, COLUMNS - column);
        rest = rest.slice(fits.length);
        if (fits.trim() !== "") spans.push({ at, line, column, text: fits });
        column += fits.length;
      }
    }
  }
  return spans;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function unescaped(text: string): string {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
