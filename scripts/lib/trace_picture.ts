/** A span, as it is drawn. */
export interface DrawnSpan {
  readonly id: string;
  /** Empty for one at the top. */
  readonly parent: string;
  readonly name: string;
  readonly who: "program" | "sdk" | "server";
  /** In milliseconds, from wherever. */
  readonly from: number;
  readonly to: number;
  /** When something was noted on it, and what. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

const [WIDTH, LEFT, ROW, TOP] = [1000, 330, 26, 58];

const LEGEND: readonly (readonly [DrawnSpan["who"], string])[] = [
  ["program", "your program"],
  ["sdk", "instrument(codex)"],
  ["server", "the server, by serverTelemetry()"],
];

/** Draws a trace: a line for each span, below its parent, on one axis of time. Readable on light and dark ground. */
export function tracePicture(title: string, spans: readonly DrawnSpan[], note: string): string {
  const lines = inOrder(spans);
  const start = Math.min(...spans.map(({ from }) => from));
  const end = Math.max(...spans.map(({ to }) => to));
  const x = (time: number) => LEFT + ((time - start) / (end - start)) * (WIDTH - LEFT - 70);
  const height = TOP + lines.length * ROW + 46;
  const body = [...axis(start, end, x, height - 46), ...lines.flatMap((line, row) => drawn(line, TOP + row * ROW, x))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...LEGEND.map(([who, text], at) =>
      `<rect class="${who}" x="${16 + at * 190}" y="14" width="14" height="12" rx="2"/><text x="${
        36 + at * 190
      }" y="24">${escaped(text)}</text>`
    ),
    ...body,
    `<text class="dim" x="16" y="${height - 14}">${escaped(note)}</text>`,
    "</svg>\n",
  ].join("\n");
}

const STYLE = `<style>
.ground{fill:#ffffff}text{fill:#24292f}.dim{fill:#57606a}.grid{stroke:#d0d7de}
.program{fill:#57606a}.sdk{fill:#3178c6}.server{fill:#2e8b57}.mark{fill:#c2571a}
@media (prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}.dim{fill:#8b949e}.grid{stroke:#30363d}
.program{fill:#8b949e}.sdk{fill:#58a6ff}.server{fill:#3fb950}.mark{fill:#f0883e}}
</style>`;

interface Line {
  readonly span: DrawnSpan;
  readonly depth: number;
}

/** Parents before their children, these by their start. */
function inOrder(spans: readonly DrawnSpan[]): Line[] {
  const ids = new Set(spans.map(({ id }) => id));
  const below = (parent: string | undefined, depth: number): Line[] =>
    spans.filter((span) => parent === undefined ? !ids.has(span.parent) : span.parent === parent)
      .sort((a, b) => a.from - b.from)
      .flatMap((span) => [{ span, depth }, ...below(span.id, depth + 1)]);
  return below(undefined, 0);
}

function axis(start: number, end: number, x: (time: number) => number, bottom: number): string[] {
  const step = [10, 20, 50, 100, 200, 500, 1000, 2000].find((each) => (end - start) / each <= 8) ?? 5000;
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, at) => at * step);
  return times.map((time) => {
    const at = x(start + time).toFixed(1);
    return `<path class="grid" d="M${at} ${TOP - 6}V${bottom}"/><text class="dim" x="${at}" y="${
      TOP - 12
    }" text-anchor="middle">${time} ms</text>`;
  });
}

function drawn({ span, depth }: Line, y: number, x: (time: number) => number): string[] {
  const [from, to] = [x(span.from), x(span.to)];
  return [
    `<text x="${16 + depth * 16}" y="${y + 16}">${escaped(span.name)}</text>`,
    `<rect class="${span.who}" x="${from.toFixed(1)}" y="${y + 4}" width="${
      Math.max(1.5, to - from).toFixed(1)
    }" height="15" rx="2"/>`,
    `<text class="dim" x="${(to + 6).toFixed(1)}" y="${y + 16}">${
      Math.max(1, Math.round(span.to - span.from))
    } ms</text>`,
    ...span.marks.map(({ at, text }) =>
      `<g><title>${escaped(text)}</title><path class="mark" d="M${x(at).toFixed(1)} ${
        y + 2
      }l5 9.5l-5 9.5l-5 -9.5z"/></g>`
    ),
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
