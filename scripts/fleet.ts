// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs a program of examples/fleet, whose packages are its own: installs them there, with this SDK packed beside them for
 * the workers on Bun and Node.
 *
 *     deno task fleet                 # the demonstration
 *     deno run -A scripts/fleet.ts check
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { buildNpm } from "./build_npm.ts";
import { ROOT, TOOLS } from "./lib/project.ts";

/** The folder of the example. */
export const FLEET: string = join(ROOT, "examples/fleet");

/** Installs what the example needs. */
export async function prepareFleet(): Promise<void> {
  if (!existsSync(join(FLEET, "node_modules/pg-boss"))) {
    console.log("Installing pg-boss and Postgres (70 MB, once)");
    const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"], {
      cwd: FLEET,
      stdio: "inherit",
    });
    if (status !== 0) throw new Error("npm install failed in examples/fleet");
  }
  await buildNpm({ out: join(FLEET, "node_modules/@codex-app-server/sdk") });
}

if (import.meta.main) {
  await prepareFleet();
  const { command, args } = TOOLS.deno;
  const programs = process.argv.length > 2 ? process.argv.slice(2) : ["run", "-A", "--no-check", "fleet.ts"];
  const { status } = spawnSync(command, [...args, ...programs], { cwd: FLEET, stdio: "inherit" });
  process.exit(status ?? 1);
}
