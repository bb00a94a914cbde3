import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareNodeProject } from "../../../scripts/lib/node_project.ts";
import { readManifest, ROOT, TOOLS } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";
import type { Contender } from "./contest.ts";

/** A runtime and how to run a program of `tests/bench/programs` on it. */
export interface Runtime {
  readonly name: "deno" | "bun" | "node";
  readonly version: string;
  /** What it runs of this SDK, as a user's project gets it. */
  readonly sdk: "the sources" | "the packed package";
  /** @param program Its file name, without extension. */
  program(name: string, program: string, args?: readonly string[]): Contender;
}

/**
 * The three runtimes, each in a project below `folder` that has what a user's has, and none of the many packages that
 * this repository develops with: for Deno the sources, as from JSR; for Bun and Node the packed package, installed.
 */
export async function openRuntimes(folder: string, names: readonly string[]): Promise<Runtime[]> {
  const all: Runtime[] = [];
  if (names.includes("deno")) all.push(await deno(join(folder, "jsr")));
  const npm = join(folder, "npm");
  if (names.includes("bun") || names.includes("node")) await prepareNodeProject(npm, []);
  if (names.includes("bun")) all.push(await bun(npm));
  if (names.includes("node")) all.push(await node(npm));
  return all;
}

async function deno(root: string): Promise<Runtime> {
  mkdirSync(root, { recursive: true });
  for (const path of ["mod.ts", "gen", "src", PROGRAMS, "tests/bench/lib"]) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  const isShipped = ([name]: [string, string]) =>
    /^(@codex-app-server\/|valibot$|@valibot\/|ws$|@opentelemetry\/api$)/.test(name);
  const imports = Object.fromEntries(Object.entries(readManifest().imports).filter(isShipped));
  writeFileSync(join(root, "deno.json"), JSON.stringify({ imports }));
  const { command } = TOOLS.deno;
  return {
    name: "deno",
    version: await versionOf(command, ["eval", "console.log(Deno.version.deno)"]),
    sdk: "the sources",
    program: (name, program, args = []) => ({
      name,
      command,
      args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", `${PROGRAMS}/${program}.ts`, ...args],
      cwd: root,
    }),
  };
}

async function bun(root: string): Promise<Runtime> {
  // `npx` takes half a second to find what it runs: asked once where that is.
  const { command, args } = TOOLS.bun;
  const path = (await must(command, [...args, "-e", "console.log(process.execPath)"], { timeoutMs: 120_000 })).trim();
  return {
    name: "bun",
    version: await versionOf(path, ["--version"]),
    sdk: "the packed package",
    program: (name, program, rest = []) => ({
      name,
      command: path,
      args: ["run", `${PROGRAMS}/${program}.js`, ...rest],
      cwd: root,
    }),
  };
}

async function node(root: string): Promise<Runtime> {
  const { command } = TOOLS.node;
  return {
    name: "node",
    version: (await versionOf(command, ["--version"])).replace("v", ""),
    sdk: "the packed package",
    program: (name, program, args = []) => ({
      name,
      command,
      args: ["--expose-gc", `${PROGRAMS}/${program}.js`, ...args],
      cwd: root,
    }),
  };
}

const PROGRAMS = "tests/bench/programs";

async function versionOf(command: string, args: readonly string[]): Promise<string> {
  return (await must(command, args, { timeoutMs: 60_000 })).trim();
}
