import { existsSync } from "node:fs";
import { join } from "node:path";
import { AI_SDK, prepareAiSdk } from "../ai_sdk.ts";
import { BROWSER, prepareBrowser } from "../browser.ts";
import { FLEET, prepareFleet } from "../fleet.ts";
import { packForWeb, prepareWeb } from "../web.ts";
import { findTestFiles } from "./find_files.ts";
import { prepareNodeProject } from "./node_project.ts";
import { ROOT, TOOLS } from "./project.ts";

/**
 * The parts of the tests, each a leg of the gate: the three runtimes; `doc`, the examples in doc comments and documents;
 * `release`, what is packed and who installs it; `elsewhere`, what depends on where the checkout lies and whose it is;
 * `fleet`, the example on Postgres, and `browser`, pages in a real Chromium, whose packages are their own.
 */
export type Leg = "deno" | "bun" | "node" | "doc" | "release" | "elsewhere" | "fleet" | "browser";

/** Every leg, in the order of the gate. */
export const LEGS: readonly Leg[] = ["deno", "doc", "bun", "node", "release", "elsewhere", "fleet", "browser"];

/** One command that runs test files on one runtime and writes a JUnit report. */
export interface Plan {
  readonly command: string;
  readonly args: (report: string) => readonly string[];
  readonly cwd: string;
}

/** About the repository rather than about a runtime: it runs once, on Deno. */
const HOUSE = ["tests/house/"];

/** About the packages; slow, so it is a leg of its own. */
const RELEASE = ["tests/release/", "tests/consumers/"];

/** Whatever needs a browser. */
const BROWSERS = ["tests/browser/"];

/** What paths, users, masks and file systems have a part in. */
const PLACE: readonly string[] = [
  "tests/cli/",
  "tests/cli/inspect/program.test.ts",
  "tests/cli/inspect/shim.test.ts",
  "tests/examples/quickstart.test.ts",
  "tests/house/generated_types.test.ts",
  "tests/policies/real_shells.test.ts",
  "tests/real/app_server.test.ts",
  "tests/real/lifecycle.test.ts",
  "tests/real/permissions.test.ts",
  "tests/real/process.test.ts",
  "tests/real/recording.test.ts",
  "tests/release/bundled.test.ts",
  "tests/release/dnt.test.ts",
  "tests/release/other_file_system.test.ts",
  "tests/release/package.test.ts",
  "tests/release/stage_runtime.test.ts",
  "tests/release/stage_sdk.test.ts",
  "tests/runtime/",
  "tests/testing/codex_home.test.ts",
  "tests/transport/redact.test.ts",
  "tests/transport/stdio.test.ts",
  "tests/transport/websocket.test.ts",
];

/** A single test that takes longer is stuck. Deno has no such limit; the leg's own stands in for it. */
const TEST_TIMEOUT_MS = 120_000;

/** The files that a leg runs, of those at or below the paths. */
export function filesOf(leg: Leg, paths: readonly string[] | undefined): readonly string[] {
  if (leg === "doc") {
    return paths ?? ["mod.ts", "src", "README.md", "docs"].filter((path) => existsSync(join(ROOT, path)));
  }
  if (leg === "fleet") return ["fleet.test.ts"];
  const files = findTestFiles(paths);
  const isOf = (folders: readonly string[]) => (file: string) => folders.some((folder) => file.startsWith(folder));
  if (leg === "release") return files.filter(isOf(RELEASE));
  if (leg === "elsewhere") return files.filter(isOf(PLACE));
  if (leg === "browser") return files.filter(isOf(BROWSERS)).map((file) => file.slice("tests/browser/".length));
  const others = leg === "deno" ? [...RELEASE, ...BROWSERS] : [...HOUSE, ...RELEASE, ...BROWSERS];
  return files.filter((file) => !isOf(others)(file));
}

/** The commands of a leg, to be run one after the other. */
export async function plansOf(leg: Leg, files: readonly string[], temp: string): Promise<Plan[]> {
  if (files.some((file) => file.startsWith(AI_SDK))) await prepareAiSdk();
  switch (leg) {
    case "doc":
      return [denoTest(["--doc", ...NARROW], files)];
    case "release":
      return [denoTest(["--no-check", "--parallel", ...NARROW], files)];
    case "fleet":
      await prepareFleet();
      return [{ ...denoTest(["--no-check", "-A"], files), cwd: FLEET }];
    case "browser":
      prepareBrowser();
      prepareWeb();
      await packForWeb();
      return [{ ...denoTest(["--no-check", "--parallel", "-A"], files), cwd: BROWSER }];
    case "elsewhere": // run by whoever opens that place
      return [denoTest(["--no-check", "--parallel", "-A"], files)];
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
const LOOKING = /^tests\/(real\/|cli\/doctor|house\/harness)/;

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
