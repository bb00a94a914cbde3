import type { Curve, Figure } from "./row.ts";

const WIDTH = 720;
const BAR = 20;
const LABEL = 330;
const COLOURS = ["#3178c6", "#c2571a", "#2e8b57"];

/** Horizontal bars, one a figure, grouped as they come. Readable on light and dark ground. */
export function barChart(title: string, figures: readonly Figure[]): string {
  const max = Math.max(...figures.map(({ value }) => value));
  const bars = figures.map(({ runtime, who, value, unit }, i) => {
    const y = 40 + i * (BAR + 6);
    const width = Math.max(1, (value / max) * (WIDTH - LABEL - 90));
    const own = who.startsWith("**");
    const label = `${runtime.split(" ")[0]}: ${who.replaceAll(/[*`]/g, "")}`;
    return [
      `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end"${own ? ' font-weight="bold"' : ""}>${
        escape(label)
      }</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${
        own ? COLOURS[0] : "#9aa5b1"
      }"/>`,
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 14}">${value.toFixed(value < 10 ? 1 : 0)} ${
        escape(unit)
      }</text>`,
    ].join("\n");
  });
  return svg(title, 50 + figures.length * (BAR + 6), bars);
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
