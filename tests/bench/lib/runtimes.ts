import { join } from "node:path";
import { prepareNodeProject } from "../../../scripts/lib/node_project.ts";
import { ROOT, TOOLS } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";
import type { Contender } from "./contest.ts";

/** A runtime and how to run a program of `tests/bench/programs` on it. */
export interface Runtime {
  readonly name: "deno" | "bun" | "node";
  readonly version: string;
  /** @param program Its file name, without extension. */
  program(name: string, program: string, args?: readonly string[]): Contender;
}

/**
 * The three runtimes. Deno and Bun run the sources; Node runs the packed package, installed in `folder`, with the
 * programs transpiled beside it.
 */
export async function openRuntimes(folder: string, names: readonly string[]): Promise<Runtime[]> {
  const all: Runtime[] = [];
  if (names.includes("deno")) all.push(await deno());
  if (names.includes("bun")) all.push(await bun());
  if (names.includes("node")) all.push(await node(folder));
  return all;
}

async function deno(): Promise<Runtime> {
  const { command } = TOOLS.deno;
  return {
    name: "deno",
    version: await versionOf(command, ["eval", "console.log(Deno.version.deno)"]),
    program: (name, program, args = []) => ({
      name,
      command,
      args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", source(program), ...args],
      cwd: ROOT,
    }),
  };
}

async function bun(): Promise<Runtime> {
  // `npx` takes half a second to find what it runs: asked once where that is.
  const { command, args } = TOOLS.bun;
  const path = await must(command, [...args, "-e", "console.log(process.execPath)"], { timeoutMs: 120_000 });
  return {
    name: "bun",
    version: await versionOf(path.trim(), ["--version"]),
    program: (name, program, rest = []) => ({
      name,
      command: path.trim(),
      args: ["run", source(program), ...rest],
      cwd: ROOT,
    }),
  };
}

async function node(folder: string): Promise<Runtime> {
  const { root } = await prepareNodeProject(folder, []);
  const { command } = TOOLS.node;
  return {
    name: "node",
    version: (await versionOf(command, ["--version"])).replace("v", ""),
    program: (name, program, args = []) => ({
      name,
      command,
      args: ["--expose-gc", join(root, `tests/bench/programs/${program}.js`), ...args],
      cwd: root,
    }),
  };
}

const source = (program: string): string => join(ROOT, `tests/bench/programs/${program}.ts`);

async function versionOf(command: string, args: readonly string[]): Promise<string> {
  return (await must(command, args, { timeoutMs: 60_000 })).trim();
}
