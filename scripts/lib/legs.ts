import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmTarball, TARBALL_VARIABLE } from "../build_npm.ts";
import { docModel } from "./doc_model.ts";
import { openElsewhere } from "./elsewhere.ts";
import { count, type Counts, parseJunit, type TestCase } from "./junit.ts";
import { endLeaks, findLeaks, RUN_MARK } from "./leaks.ts";
import { filesOf, type Leg, LEGS, plansOf } from "./plans.ts";
import { TOOLS } from "./project.ts";
import { run } from "./subprocess.ts";
import { leaveDevices } from "./temp_folder.ts";
import { trappedHome } from "./trapped_home.ts";

export { type Leg, LEGS };

/** These install nothing, and need nothing of the user's home. */
const HOMELESS: readonly Leg[] = ["deno", "doc", "bun", "node"];

/** How one leg went. */
export interface LegReport {
  readonly leg: Leg;
  /** The version that the runtime itself told. */
  readonly version: string;
  readonly cases: readonly TestCase[];
  readonly counts: Counts;
  /** Everything that is wrong beside failed tests: a wrong runtime, a timeout, too few tests, processes or files left over. */
  readonly problems: readonly string[];
  /** What could not be tried on this machine, each with its reason. */
  readonly missing: readonly string[];
}

/** What to run of a leg. */
export interface LegOptions {
  /** Files or folders below `tests/`; all of them by default. */
  readonly paths?: readonly string[];
  /** The least number of tests that must have run. Default 1. */
  readonly atLeast?: number;
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
}

/** Runs the tests on one runtime; every failure is in the report, none is thrown. */
export async function runLeg(leg: Leg, options: LegOptions = {}): Promise<LegReport> {
  const mark = randomUUID();
  leaveDevices();
  const temp = mkdtempSync(join(tmpdir(), "leg-"));
  const problems: string[] = [];
  await using model = leg === "doc" ? await docModel() : null;
  try {
    using elsewhere = leg === "elsewhere" ? await openElsewhere(temp) : null;
    const missing = elsewhere?.missing ?? [];
    // The tests' temporary folder; short, for the path of a unix socket has little room.
    const scratch = elsewhere?.scratch ?? join(temp, "t");
    mkdirSync(scratch, { recursive: true });
    const version = await runtimeVersion(leg);
    if (version === "") problems.push(`${leg} does not start, or is not ${leg}`);
    const files = filesOf(leg, options.paths);
    if (files.length === 0) {
      problems.push(`no test files for ${leg}`);
      return { leg, version, cases: [], counts: count([]), problems, missing };
    }
    const packed = leg === "release" ? { [TARBALL_VARIABLE]: await npmTarball(join(temp, "packed")) } : {};
    const home = HOMELESS.includes(leg) ? trappedHome(join(temp, "home"), scratch) : {};
    const cases: TestCase[] = [];
    for (const [index, plan] of (await plansOf(leg, files, temp)).entries()) {
      const report = join(temp, `report${index}.xml`);
      const env = {
        TMPDIR: scratch,
        ...home,
        ...model?.env,
        [RUN_MARK]: mark,
        NO_COLOR: "1",
        ...packed,
        ...elsewhere?.env,
      };
      const timeoutMs = options.timeoutMs ?? 300_000;
      const { command, args } = elsewhere?.as(plan.command, plan.args(report)) ?? { ...plan, args: plan.args(report) };
      const outcome = await run(command, args, { cwd: elsewhere?.root ?? plan.cwd, env, timeoutMs, echo: true });
      const found = existsSync(report) ? parseJunit(readFileSync(report, "utf8")) : [];
      if (outcome.timedOut) problems.push(`${leg} was killed after ${timeoutMs / 1000} s`);
      else if (outcome.code !== 0 && count(found).failed === 0) problems.push(`${leg} ended with ${outcome.code}`);
      cases.push(...found);
    }
    const counts = count(cases);
    const ran = counts.passed + counts.failed;
    const atLeast = options.atLeast ?? 1;
    if (ran < atLeast) problems.push(`${leg} ran ${ran} tests, at least ${atLeast} were expected`);
    const leaks = await findLeaks(mark);
    for (const { pid, command } of leaks) problems.push(`${leg} left a process running: ${pid} ${command}`);
    endLeaks(leaks);
    for (const name of readdirSync(scratch)) problems.push(`${leg} left a temporary file or folder: ${name}`);
    return { leg, version, cases, counts, problems, missing };
  } catch (error) {
    problems.push(`${leg} did not run: ${error}`);
    return { leg, version: "", cases: [], counts: count([]), problems, missing: [] };
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** Asks the runtime for its name and version, so that no leg runs on another's binary by mistake. */
async function runtimeVersion(leg: Leg): Promise<string> {
  const tell = `const g = globalThis, name = g.Deno ? "deno" : g.Bun ? "bun" : "node";` +
    `console.log(name + " " + (g.Deno?.version.deno ?? g.Bun?.version ?? process.versions.node))`;
  const runtime = leg === "bun" || leg === "node" ? leg : "deno";
  const { command, args } = TOOLS[runtime];
  const { stdout } = await run(command, [...args, runtime === "deno" ? "eval" : "-e", tell], { timeoutMs: 120_000 });
  const [name, version = ""] = stdout.trim().split(" ");
  return name === runtime ? version : "";
}
