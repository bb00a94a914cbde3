import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.ts";
import type { Figure, RowResult } from "./row.ts";

const FILE = join(ROOT, "tests/bench/baseline.json");

/** What counts as moved. */
const MOVED = 0.15;

/** The scores that are ratios, by row, runtime and contender: those compare from machine to machine. */
type Baseline = Readonly<Record<string, number>>;

/** Writes the ratios of these rows down as what later runs are compared with. */
export function writeBaseline(results: readonly RowResult[]): void {
  const measured = results.map(({ id }) => id);
  const kept = Object.entries(read()).filter(([key]) => !measured.some((id) => key.startsWith(`${id} / `)));
  writeFileSync(FILE, `${JSON.stringify({ ...Object.fromEntries(kept), ...baselineOf(results) }, null, 2)}\n`);
}

/** One ratio that is no longer what it was. */
export interface Move {
  readonly key: string;
  readonly before: number;
  readonly now: number;
}

/** The ratios that differ from the committed ones by more than 15 %. */
export function movesOf(results: readonly RowResult[]): Move[] {
  const before = read();
  return Object.entries(baselineOf(results))
    .map(([key, now]) => ({ key, before: before[key] ?? NaN, now }))
    .filter(({ before, now }) => Math.abs(now / before - 1) > MOVED);
}

function read(): Baseline {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
}

function baselineOf(results: readonly RowResult[]): Baseline {
  const all: Record<string, number> = {};
  for (const { id, figures } of results) {
    for (const figure of figures) {
      if (isRatio(figure)) all[keyOf(id, figure)] = Math.round(figure.verdict!.score * 1000) / 1000;
    }
  }
  return all;
}

function isRatio({ verdict }: Figure): boolean {
  return verdict !== undefined && !verdict.unsteady && /^(times|of) /.test(verdict.label) &&
    Number.isFinite(verdict.score);
}

/** Without the runtime's version and the amounts, which may change. */
function keyOf(row: string, { runtime, who }: Figure): string {
  return `${row} / ${runtime.split(" ")[0]} / ${who.replaceAll(/[*`]/g, "").replaceAll(/[\d,]+ (?=MiB|open)/g, "")}`;
}
