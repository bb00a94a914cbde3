// deno-lint-ignore-file no-console -- a command line tool
/**
 * The gate: everything that must hold before a change lands, in one command. The last line sums up all that was run.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Counts } from "./lib/junit.ts";
import { type Leg, runLeg } from "./lib/legs.ts";
import { missingNumbers } from "./lib/promises.ts";
import { ROOT, TOOLS } from "./lib/project.ts";
import { run } from "./lib/subprocess.ts";

/** A command that succeeds or fails as a whole, and counts as one test. */
interface Check {
  readonly name: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

const minutes = (count: number) => count * 60_000;

/** Folders with a manifest of their own: the commands that look at everything pass them by. */
const APART = ["examples", "tests"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`)
)
  .filter((folder) => existsSync(join(ROOT, folder, "deno.json")));

/** For a browser, whose types go with no other's. */
const PAGE = "src/cli/inspect/page";

const CHECKS: readonly Check[] = [
  { name: "format", args: ["fmt", "--check"], timeoutMs: minutes(1) },
  { name: "lint", args: ["lint"], timeoutMs: minutes(1) },
  ...APART.flatMap((folder) => [
    { name: `format of ${folder}`, args: ["fmt", "--check", folder], timeoutMs: minutes(1) },
    { name: `lint of ${folder}`, args: ["lint", folder], timeoutMs: minutes(1) },
  ]),
  {
    name: "format of the page of inspect",
    args: ["fmt", "--check", "--config", `${PAGE}/deno.json`, PAGE],
    timeoutMs: minutes(1),
  },
  { name: "lint of the page of inspect", args: ["lint", "--config", `${PAGE}/deno.json`, PAGE], timeoutMs: minutes(1) },
  {
    name: "types of the page of inspect",
    args: ["check", "--config", `${PAGE}/deno.json`, PAGE],
    timeoutMs: minutes(3),
  },
  { name: "types", args: ["check"], timeoutMs: minutes(3) },
  { name: "types of the core, without a runtime", args: ["run", "-A", "scripts/check_core.ts"], timeoutMs: minutes(3) },
  { name: "doc comments", args: ["run", "-A", "scripts/lint_docs.ts"], timeoutMs: minutes(1) },
  { name: "types of the fleet", args: ["run", "-A", "scripts/fleet.ts", "check", "."], timeoutMs: minutes(3) },
  { name: "types of the browser's tests", args: ["run", "-A", "scripts/browser.ts", "check"], timeoutMs: minutes(3) },
  { name: "types of the web app", args: ["run", "-A", "scripts/web.ts", "check"], timeoutMs: minutes(3) },
  {
    name: "old versions of codex are at hand",
    args: ["run", "-A", "scripts/test_versions.ts", "--fetch"],
    timeoutMs: minutes(10),
  },
  { name: "gen/ is what the generator writes", args: ["task", "gen:check"], timeoutMs: minutes(2) },
];

/** More than any leg takes on a slow day: one that is stuck ends. */
const LEG_TIMEOUT_MS = minutes(15);

/** Every leg has a floor, so that one which silently finds nothing cannot pass. */
const FLOORS: readonly { readonly leg: Leg; readonly atLeast: number }[] = [
  { leg: "deno", atLeast: 600 },
  { leg: "doc", atLeast: 60 },
  { leg: "bun", atLeast: 600 },
  { leg: "node", atLeast: 600 },
  { leg: "release", atLeast: 50 },
  { leg: "elsewhere", atLeast: 150 },
  { leg: "fleet", atLeast: 6 },
  { leg: "browser", atLeast: 50 },
];

let total: Counts = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];

function add({ passed, failed, skipped }: Counts): void {
  total = { passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped };
}

function verdict(ok: boolean, text: string, startedAt: number): void {
  const line = `${ok ? "ok  " : "FAIL"} ${text} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`;
  summary.push(line);
  console.log(line);
}

for (const { name, args, timeoutMs } of CHECKS) {
  const startedAt = performance.now();
  const { code, output } = await run(TOOLS.deno.command, args, { cwd: ROOT, timeoutMs, env: { NO_COLOR: "1" } });
  if (code !== 0) console.log(output);
  add({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
  verdict(code === 0, name, startedAt);
}

const names: string[] = [];
for (const { leg, atLeast } of FLOORS) {
  const startedAt = performance.now();
  console.log(`\n== ${leg} ==`);
  const { version, cases, counts, problems, missing } = await runLeg(leg, { atLeast, timeoutMs: LEG_TIMEOUT_MS });
  names.push(...cases.map(({ name }) => name));
  add(counts);
  add({ passed: 0, failed: problems.length, skipped: missing.length });
  for (const { name, result } of cases) if (result === "failed") summary.push(`     failed on ${leg}: ${name}`);
  for (const problem of problems) summary.push(`     ${problem}`);
  for (const each of missing) summary.push(`     not tried on ${leg}: ${each}`);
  const { passed, failed, skipped } = counts;
  const text = `tests on ${leg} ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
  verdict(failed === 0 && problems.length === 0, text, startedAt);
}

const missing = missingNumbers(names);
add({ passed: missing.length === 0 ? 1 : 0, failed: missing.length === 0 ? 0 : 1, skipped: 0 });
if (missing.length > 0) summary.push(`FAIL no test that ran bears ${missing.join(", ")}`);

console.log(`\n== summary ==\n${summary.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
// Nothing that a step left open may keep this alive.
process.exit(total.failed === 0 ? 0 : 1);
