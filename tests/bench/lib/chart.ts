import type { Curve, Figure } from "./row.ts";

const WIDTH = 760;
const BAR = 20;
/** The widest letters that a reader's font may have on average, of a label in bold. */
const LETTER = 7.8;
const COLOURS = ["#3178c6", "#c2571a", "#2e8b57"];

/** Horizontal bars, one a figure, as they come, each unit in a scale of its own. Readable on light and dark ground. */
export function barChart(title: string, figures: readonly Figure[]): string {
  const max = (unit: string) => Math.max(...figures.map((each) => each.unit === unit ? each.value : 0));
  const labelOf = ({ runtime, who }: Figure) => `${runtime.split(" ")[0]}: ${who.replaceAll(/[*`]/g, "")}`;
  const left = 12 + LETTER * Math.max(...figures.map((figure) => labelOf(figure).length));
  const bars = figures.map((figure, i) => {
    const { who, value, unit } = figure;
    const y = 40 + i * (BAR + 6);
    const width = Math.max(1, (value / max(unit)) * (WIDTH - left - 90));
    const own = who.startsWith("**");
    return [
      `<text x="${(left - 8).toFixed(1)}" y="${y + 14}" text-anchor="end"${own ? ' font-weight="bold"' : ""}>${
        escape(labelOf(figure))
      }</text>`,
      `<rect x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${
        own ? COLOURS[0] : "#9aa5b1"
      }"/>`,
      `<text x="${(left + width + 6).toFixed(1)}" y="${y + 14}">${short(value)} ${escape(unit)}</text>`,
    ].join("\n");
  });
  return svg(title, 50 + figures.length * (BAR + 6), bars);
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

/** Lines over a logarithmic x axis. */
export function lineChart({ title, xLabel, yLabel, lines }: Curve): string {
  const height = 300;
  const [left, right, top, bottom] = [60, WIDTH - 110, 50, height - 40];
  const xs = lines[0]!.points.map(([x]) => x);
  const max = Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y))) * 1.1;
  const xOf = (x: number) => left + (Math.log(x / xs[0]!) / Math.log(xs.at(-1)! / xs[0]!)) * (right - left);
  const yOf = (y: number) => bottom - (y / max) * (bottom - top);
  const axes = [
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#9aa5b1"/>`,
    ...xs.map((x) => `<text x="${xOf(x).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${x}</text>`),
    ...[0, max / 2, max].map((y) =>
      `<text x="${left - 6}" y="${yOf(y) + 4}" text-anchor="end">${y.toPrecision(2)}</text>`
    ),
    `<text x="${(left + right) / 2}" y="${bottom + 34}" text-anchor="middle">${escape(xLabel)}</text>`,
    `<text x="${left}" y="${top - 10}">${escape(yLabel)}</text>`,
  ];
  const drawn = lines.flatMap(({ name, points }, i) => {
    const path = points.map(([x, y]) => `${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`).join("L");
    return [
      `<path d="M${path}" fill="none" stroke="${COLOURS[i]}" stroke-width="2"/>`,
      `<text x="${right + 8}" y="${top + 16 + i * 20}" fill="${COLOURS[i]}">${escape(name)}</text>`,
    ];
  });
  return svg(title, height, [...axes, ...drawn]);
}

function svg(title: string, height: number, parts: readonly string[]): string {
  const style = "text{font:13px sans-serif;fill:#57606a}";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${
      escape(title)
    }">`,
    `<style>${style}</style>`,
    `<text x="8" y="22" font-weight="bold">${escape(title)}</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
