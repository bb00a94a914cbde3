/**
 * Runs a program of examples/fleet, whose packages are its own: installs them there, with this SDK packed beside them for
 * the workers on Bun and Node.
 *
 *     deno task fleet                            # the demonstration
 *     deno run -A scripts/fleet.ts run -A --no-check scale.ts --workers 20 --turns 2000
 *     deno run -A scripts/fleet.ts check .       # types, those of the other engines too
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { buildNpm } from "./build_npm.ts";
import { installOwnPackages } from "./lib/own_packages.ts";
import { ROOT, TOOLS } from "./lib/project.ts";

/** The folder of the example. */
export const FLEET: string = join(ROOT, "examples/fleet");

/** The same function in other engines; only compiled. */
const ENGINES: string = join(FLEET, "engines");

/** Installs what the example needs. */
export async function prepareFleet(): Promise<void> {
  installOwnPackages(FLEET, "pg-boss and Postgres (70 MB, once)");
  await buildNpm({ out: join(FLEET, "node_modules/@codex-app-server/sdk") });
}

function deno(folder: string, ...given: readonly string[]): number {
  const { command, args } = TOOLS.deno;
  return spawnSync(command, [...args, ...given], { cwd: folder, stdio: "inherit" }).status ?? 1;
}

if (import.meta.main) {
  await prepareFleet();
  const given = process.argv.length > 2 ? process.argv.slice(2) : ["run", "-A", "--no-check", "fleet.ts"];
  let status = deno(FLEET, ...given);
  if (given[0] === "check") {
    installOwnPackages(ENGINES, "the clients of two other engines (50 MB, once)");
    status ||= deno(ENGINES, "check", ".");
  }
  process.exit(status);
}
