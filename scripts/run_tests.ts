// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs one leg of the tests, or all of them.
 *
 *     deno task test                      # Deno
 *     deno task test:bun tests/frame      # Bun, a part
 *     deno task test:node                 # Node, against the packed package
 *
 * @module
 */
import process from "node:process";
import { type Leg, type LegReport, LEGS, runLeg } from "./lib/legs.ts";

const [first = "deno", ...paths] = process.argv.slice(2);
const legs: readonly Leg[] = first === "all" ? LEGS : [asLeg(first)];

const reports: LegReport[] = [];
for (const leg of legs) reports.push(await runLeg(leg, paths.length === 0 ? {} : { paths }));
for (const { leg, version, cases, counts, problems, missing } of reports) {
  for (const each of missing) console.log(`NOT TRIED on ${leg}: ${each}`);
  for (const { name, result } of cases) if (result === "failed") console.log(`FAILED on ${leg}: ${name}`);
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
  console.log(`${leg} ${version}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}
// Nothing that a test left open may keep this alive.
process.exit(reports.every(({ counts, problems }) => counts.failed === 0 && problems.length === 0) ? 0 : 1);

function asLeg(name: string): Leg {
  const leg = LEGS.find((known) => known === name);
  if (leg === undefined) throw new Error(`unknown leg "${name}": expected ${LEGS.join(", ")} or all`);
  return leg;
}
