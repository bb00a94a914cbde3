import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmTarball, TARBALL_VARIABLE } from "../build_npm.ts";
import { docModel } from "./doc_model.ts";
import { findTestFiles } from "./find_files.ts";
import { count, type Counts, parseJunit, type TestCase } from "./junit.ts";
import { endLeaks, findLeaks, RUN_MARK } from "./leaks.ts";
import { ROOT, TOOLS } from "./project.ts";
import { prepareNodeProject } from "./node_project.ts";
import { run } from "./subprocess.ts";

/**
 * The parts of the tests, each a leg of the gate: the three runtimes; `doc`, the examples in doc comments and documents;
 * `release`, what is packed and who installs it.
 */
export type Leg = "deno" | "bun" | "node" | "doc" | "release";

/** Every leg, in the order of the gate. */
export const LEGS: readonly Leg[] = ["deno", "doc", "bun", "node", "release"];

/** How one leg went. */
export interface LegReport {
  readonly leg: Leg;
  /** The version that the runtime itself told. */
  readonly version: string;
  readonly cases: readonly TestCase[];
  readonly counts: Counts;
  /** Everything that is wrong beside failed tests: a wrong runtime, a timeout, too few tests, processes left over. */
  readonly problems: readonly string[];
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

/** One command that runs test files on one runtime and writes a JUnit report. */
interface Plan {
  readonly command: string;
  readonly args: (report: string) => readonly string[];
  readonly cwd: string;
}

/** About the repository rather than about a runtime: it runs once, on Deno. */
const HOUSE = ["tests/house/"];

/** About the packages; slow, so it is a leg of its own. */
const RELEASE = ["tests/release/", "tests/consumers/"];

/** A single test that takes longer is stuck. Deno has no such limit; the leg's own stands in for it. */
const TEST_TIMEOUT_MS = 120_000;

/** Runs the tests on one runtime; every failure is in the report, none is thrown. */
export async function runLeg(leg: Leg, options: LegOptions = {}): Promise<LegReport> {
  const mark = randomUUID();
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-leg-"));
  const problems: string[] = [];
  await using model = leg === "doc" ? await docModel() : null;
  try {
    const version = await runtimeVersion(leg);
    if (version === "") problems.push(`${leg} does not start, or is not ${leg}`);
    const files = filesOf(leg, options.paths);
    if (files.length === 0) {
      return { leg, version, cases: [], counts: count([]), problems: [...problems, `no test files for ${leg}`] };
    }
    const packed = leg === "release" ? { [TARBALL_VARIABLE]: await npmTarball(join(temp, "packed")) } : {};
    const cases: TestCase[] = [];
    for (const [index, { command, args, cwd }] of (await plan(leg, files, temp)).entries()) {
      const report = join(temp, `report${index}.xml`);
      const env = { ...model?.env, [RUN_MARK]: mark, NO_COLOR: "1", ...packed };
      const timeoutMs = options.timeoutMs ?? 300_000;
      const outcome = await run(command, args(report), { cwd, env, timeoutMs, echo: true });
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
    return { leg, version, cases, counts, problems };
  } catch (error) {
    return { leg, version: "", cases: [], counts: count([]), problems: [...problems, `${leg} did not run: ${error}`] };
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

function filesOf(leg: Leg, paths: readonly string[] | undefined): readonly string[] {
  if (leg === "doc") {
    return paths ?? ["mod.ts", "src", "README.md", "docs"].filter((path) => existsSync(join(ROOT, path)));
  }
  const files = findTestFiles(paths);
  const isOf = (folders: readonly string[]) => (file: string) => folders.some((folder) => file.startsWith(folder));
  if (leg === "release") return files.filter(isOf(RELEASE));
  const others = leg === "deno" ? RELEASE : [...HOUSE, ...RELEASE];
  return files.filter((file) => !isOf(others)(file));
}

async function plan(leg: Leg, files: readonly string[], temp: string): Promise<Plan[]> {
  switch (leg) {
    case "doc":
      return [denoTest(["--doc", ...NARROW], files)];
    case "release":
      return [denoTest(["--no-check", ...NARROW], files)];
    case "deno": {
      const looking = files.filter((file) => LOOKING.test(file));
      const others = files.filter((file) => !LOOKING.test(file));
      return [
        ...(others.length === 0 ? [] : [denoTest(["--no-check", "--parallel", ...NARROW], others)]),
        ...(looking.length === 0 ? [] : [denoTest(["--no-check", "--parallel", "-A"], looking)]),
      ];
    }
    case "bun":
      return [{
        command: TOOLS.bun.command,
        args: (report) => [
          ...[...TOOLS.bun.args, "test", "--parallel=2", `--timeout=${TEST_TIMEOUT_MS}`],
          ...["--reporter=junit", `--reporter-outfile=${report}`, ...files.map((file) => `./${file}`)],
        ],
        cwd: ROOT,
      }];
    case "node": {
      const project = await prepareNodeProject(join(temp, "project"), files);
      return [{
        command: TOOLS.node.command,
        args: (report) => [
          ...[...TOOLS.node.args, "--test", "--test-concurrency=2", `--test-timeout=${TEST_TIMEOUT_MS}`],
          ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
          ...["--test-reporter=junit", `--test-reporter-destination=${report}`, ...project.files],
        ],
        cwd: project.root,
      }];
    }
  }
}

function denoTest(flags: readonly string[], files: readonly string[]): Plan {
  const { command, args } = TOOLS.deno;
  return {
    command,
    args: (report) => [...args, "test", "--trace-leaks", ...flags, `--junit-path=${report}`, ...files],
    cwd: ROOT,
  };
}

/** These look at the machine's processes, below /proc, which Deno allows to `-A` alone. */
const LOOKING = /^tests\/(real\/|house\/harness)/;

/**
 * What all other tests may do under Deno: ask for the environment and the machine, use the network, start processes
 * (the server; other runtimes), read, and write. Unscoped: a test that makes a link may do so in no other way, and a unix
 * socket is only allowed by its full path.
 */
const NARROW: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-net",
];
