import { assertStringIncludes } from "@std/assert";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { readManifest, ROOT, TOOLS } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { makeTempDir, type TempDir } from "../../src/runtime/temp_dir.ts";

const SOURCE = join(ROOT, "tests/release/bundled_program.ts");
const TIME = { timeoutMs: 120_000 };

/** The same program, bundled by several tools; each with the command that runs it. */
const BUNDLES: readonly { name: string; build(out: string): Promise<[string, ...string[]]> }[] = [
  {
    name: "esbuild, ESM for Node",
    async build(out) {
      await esbuild(`${out}.mjs`, "--format=esm", "--platform=node", "--target=node20");
      return [TOOLS.node.command, ...TOOLS.node.args, `${out}.mjs`];
    },
  },
  {
    name: "esbuild, ESM for Deno",
    async build(out) {
      await esbuild(`${out}.mjs`, "--format=esm", "--platform=node", "--target=es2022");
      return [TOOLS.deno.command, "run", "-A", "--no-config", "--no-lock", `${out}.mjs`];
    },
  },
  {
    name: "bun build --compile",
    async build(out) {
      const { command, args } = TOOLS.bun;
      await must(command, [...args, "build", "--compile", SOURCE, "--outfile", out], { ...TIME, cwd: ROOT });
      return [out];
    },
  },
];

async function esbuild(out: string, ...flags: readonly string[]): Promise<void> {
  const { exports } = readManifest();
  const args = [SOURCE, "--bundle", `--outfile=${out}`, `--alias:@codex-app-server/sdk=${exports["."]}`, ...flags];
  await must(join(ROOT, "node_modules/.bin/esbuild"), [...args, "--log-level=error"], { ...TIME, cwd: ROOT });
}

describe("bundled programs (real)", () => {
  let folder: TempDir;
  let bin = "";

  before(async () => {
    folder = await makeTempDir("codex-bundled-");
    bin = locateCodex(currentRuntime(), { moduleUrl: import.meta.url }).command;
  });
  after(() => folder.remove());

  for (const [index, { name, build }] of BUNDLES.entries()) {
    test(`[R5] (real) ${name}: finds the runtime beside it, by name, or says how to name it`, async () => {
      const dist = join(folder.path, String(index), "dist");
      const empty = join(folder.path, String(index), "empty");
      for (const each of [dist, empty]) mkdirSync(each, { recursive: true });
      const [command, ...args] = await build(join(dist, "program"));
      const bare = { CODEX_BIN: undefined, CODEX_HOME: empty, DENO_DIR: join(empty, "deno"), PATH: systemPath() };
      const run = (env: Record<string, string | undefined> = {}) =>
        must(command, args, { ...TIME, cwd: empty, env: { ...bare, ...env } });

      const without = await run();
      for (const hint of ["No codex binary was found", "npm install @openai/codex", "codexBin", "CODEX_BIN"]) {
        assertStringIncludes(without, hint);
      }
      assertStringIncludes(await run({ CODEX_BIN: bin }), "started ");

      // What `npm install` puts there: the platform's package, of which only the place matters.
      const scope = join(dist, "node_modules/@openai");
      mkdirSync(scope, { recursive: true });
      const packageRoot = dirname(dirname(dirname(dirname(realpathSync(bin)))));
      symlinkSync(packageRoot, join(scope, `codex-${process.platform}-${process.arch}`), "junction");
      assertStringIncludes(await run(), "started ");
    });
  }
});

/** A PATH that has the runtimes' own tools, and no codex. */
function systemPath(): string {
  return `${dirname(realpathSync("/bin/sh"))}:/usr/bin:/bin`;
}
