import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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

const FILE = join(ROOT, "docs/performance.md");

/** Writes `docs/performance.md` and its charts. */
export async function writeReport(results: readonly RowResult[], circumstances: Circumstances): Promise<void> {
  await write(results.map(section), whole(circumstances));
}

/** Writes the sections of some rows anew, each with its own circumstances, and leaves the others as they are. */
export async function renewReport(results: readonly RowResult[], circumstances: Circumstances): Promise<void> {
  const [head = "", ...before] = readFileSync(FILE, "utf8").split(/^(?=## )/m);
  const fresh = results.map((result) => `${section(result)}\n${own(circumstances)}\n`);
  const kept = before.map((text) => fresh.find((each) => titleOf(each) === titleOf(text)) ?? text);
  const added = fresh.filter((each) => !before.some((text) => titleOf(each) === titleOf(text)));
  const measured = /^Measured on [\s\S]*?\n\n/m.exec(head)?.[0] ?? whole(circumstances);
  await write([...kept, ...added], measured);
}

async function write(sections: readonly string[], measured: string): Promise<void> {
  writeFileSync(FILE, [head(sections, measured), ...sections].join("\n"));
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

function head(sections: readonly string[], measured: string): string {
  const lines = sections.flatMap((text) => judgedLines(titleOf(text), text));
  const missed = lines.filter(({ reached }) => !reached).map(({ line }) => line);
  return `# Performance

Written by \`deno task bench\`, which measures this SDK, the floor beneath it and its peers in one run (30 to 40 minutes;
peers are fetched for it). To see what has moved since by more than 15 %: \`deno task bench:check\`.

${measured.trim()}

${lines.length - missed.length} of ${lines.length} goals are reached. ${
    missed.length === 0 ? "None is missed." : `Missed:\n\n${missed.join("\n")}`
  }
`;
}

function whole({ versions, rounds, ...when }: Circumstances): string {
  return `Measured on ${place(when)}.
${versions.join(", ")}. Each contender ran ${rounds} times or more, in turns with its floor, in a process of its own,
after a round that does not count; medians of the rounds and of the ratios within a round. Where not told otherwise,
time is that of the **main thread**, as the kernel counts it: what a clock on the wall would show on a machine that does
nothing else.`;
}

/** What is told of a row that was measured by itself. */
function own({ rounds, ...when }: Circumstances): string {
  return `(This table was measured by itself, on ${place(when)}, in ${rounds} rounds.)`;
}

function place({ date, load }: Pick<Circumstances, "date" | "load">): string {
  return `${date}, on Linux, x64: **2 shared cores, noisy** (load average ${load} meanwhile)`;
}

function titleOf(text: string): string {
  return /^## (.+)$/m.exec(text)?.[1] ?? "";
}

/** The lines of a table that have a goal, as the tables themselves say it. */
function judgedLines(title: string, text: string): { readonly reached: boolean; readonly line: string }[] {
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = ""]) => row.split("|").map((cell) => cell.trim()));
  return rows.filter(([, , , , goal = ""]) => goal.startsWith("≤")).map((
    [runtime, who, , score, goal = "", reached],
  ) => ({
    reached: reached === "yes",
    line: `- ${title}: ${runtime}, ${who}: ${score}, to reach ${goal.slice(2)}`,
  }));
}

function section({ id, title, about, figures, curves = [] }: RowResult): string {
  const charts = join(ROOT, "docs/performance");
  mkdirSync(charts, { recursive: true });
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
