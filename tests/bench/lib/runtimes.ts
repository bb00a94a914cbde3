import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepareNodeProject } from "../../../scripts/lib/node_project.ts";
import { readManifest, ROOT, TOOLS } from "../../../scripts/lib/project.ts";
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
 * The three runtimes. Deno and Bun run the sources, Deno as in a project of a user's; Node runs the packed package, installed in `folder`, with the
 * programs transpiled beside it.
 */
export async function openRuntimes(folder: string, names: readonly string[]): Promise<Runtime[]> {
  const all: Runtime[] = [];
  if (names.includes("deno")) all.push(await deno(join(folder, "../deno.json")));
  if (names.includes("bun")) all.push(await bun());
  if (names.includes("node")) all.push(await node(folder));
  return all;
}

async function deno(config: string): Promise<Runtime> {
  const { command } = TOOLS.deno;
  writeFileSync(config, JSON.stringify({ imports: userImports() }));
  return {
    name: "deno",
    version: await versionOf(command, ["eval", "console.log(Deno.version.deno)"]),
    program: (name, program, args = []) => ({
      name,
      command,
      args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", "--config", config, source(program), ...args],
      cwd: ROOT,
    }),
  };
}

/** What the project of a user maps, whose packages lie in Deno's cache: not the many that this repository develops with. */
function userImports(): Record<string, string> {
  const wanted = ([name]: [string, string]) => /^(@codex-app-server\/|valibot$|@valibot\/|ws$)/.test(name);
  const absolute = ([name, target]: [string, string]) =>
    [name, target.startsWith("./") ? pathToFileURL(join(ROOT, target)).href : target] as const;
  return Object.fromEntries(Object.entries(readManifest().imports).filter(wanted).map(absolute));
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
