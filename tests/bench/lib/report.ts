import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, TOOLS } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";
import { barChart, lineChart } from "./chart.ts";
import type { Figure, RowResult } from "./row.ts";

/** What the report says about the circumstances. */
export interface Circumstances {
  readonly date: string;
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly load: string;
}

/** Writes `docs/performance.md` and its charts. */
export async function writeReport(results: readonly RowResult[], circumstances: Circumstances): Promise<void> {
  const charts = join(ROOT, "docs/performance");
  mkdirSync(charts, { recursive: true });
  const sections = results.map((result) => section(result, charts));
  writeFileSync(join(ROOT, "docs/performance.md"), [head(results, circumstances), ...sections].join("\n"));
  await must(TOOLS.deno.command, ["fmt", "--quiet", "docs/performance.md"], { cwd: ROOT, timeoutMs: 60_000 });
}

/** The lines of a row's table, for the terminal as well as for the document. */
export function tableOf(figures: readonly Figure[]): string {
  const lines = figures.map(({ runtime, who, value, unit, verdict }) => {
    const cells = [runtime, who, `${short(value)} ${unit}`];
    if (verdict === undefined) return `| ${[...cells, "", "", ""].join(" | ")} |`;
    const { label, score, limit } = verdict;
    const reached = limit === undefined ? "" : score <= limit ? "yes" : "**no**";
    return `| ${
      [...cells, `${score.toFixed(2)} ${label}`, limit === undefined ? "" : `≤ ${limit}`, reached].join(" | ")
    } |`;
  });
  return ["| runtime | what | median | | to reach | reached |", "| --- | --- | ---: | --- | ---: | --- |", ...lines, ""]
    .join("\n");
}

function head(results: readonly RowResult[], { date, versions, rounds, load }: Circumstances): string {
  const judged = results.flatMap(({ title, figures }) => figures.map((figure) => ({ title, ...figure })))
    .filter(({ verdict }) => verdict?.limit !== undefined);
  const missed = judged.filter(({ verdict }) => !(verdict!.score <= verdict!.limit!));
  return `# Performance

Written by \`deno task bench\`, which measures this SDK, the floor beneath it and its peers in one run (10 to 20 minutes;
peers are fetched for it). To see what has moved since by more than 15 %: \`deno task bench:check\`.

Measured on ${date}, on Linux, x64: **2 shared cores, noisy** (load average ${load} meanwhile).
${versions.join(", ")}. Each contender ran ${rounds} times or more, in turns with its floor, in a process of its own,
after a round that does not count; medians of the rounds and of the ratios within a round. Where not told otherwise,
time is that of the **main thread**, as the kernel counts it: what a clock on the wall would show on a machine that does
nothing else.

${judged.length - missed.length} of ${judged.length} goals are reached. ${
    missed.length === 0 ? "None is missed." : `Missed:\n\n${missed.map(missedLine).join("\n")}`
  }
`;
}

function missedLine({ title, runtime, who, verdict }: Figure & { readonly title: string }): string {
  return `- ${title}: ${runtime}, ${who}: ${verdict!.score.toFixed(2)} ${verdict!.label}, to reach ${verdict!.limit}`;
}

function section({ id, title, about, figures, curves = [] }: RowResult, charts: string): string {
  const images: string[] = [];
  const image = (name: string, alt: string, svg: string) => {
    writeFileSync(join(charts, `${name}.svg`), svg);
    images.push(`![${alt}](performance/${name}.svg)\n`);
  };
  const plain = title.replaceAll("`", "");
  if (curves.length === 0) image(id, plain, barChart(plain, figures));
  curves.forEach((curve, i) => image(`${id}_${i + 1}`, curve.title, lineChart(curve)));
  return [`## ${title}\n`, `${about}\n`, tableOf(figures), ...images].join("\n");
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
