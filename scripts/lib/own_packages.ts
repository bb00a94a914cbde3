// deno-lint-ignore-file no-console -- a part of command line tools
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOOLS } from "./project.ts";

/**
 * Installs the packages of a folder that has a manifest of its own, for what the whole repository need not download.
 * Once: until its package.json changes.
 */
export function installOwnPackages(folder: string, what: string): void {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  const installed = join(folder, "node_modules", ".installed");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return;
  console.log(`Installing ${what}`);
  const { status } = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
    { cwd: folder, stdio: "inherit", shell: process.platform === "win32" },
  );
  if (status !== 0) throw new Error(`npm install failed in ${folder}`);
  writeFileSync(installed, wanted);
}

/** Checks types, lint and format of such a folder; the whole repository's do not reach into it. */
export function checkFolder(folder: string): number {
  const { command, args } = TOOLS.deno;
  const checks = [["check", "."], ["lint"], ["fmt", "--check"]];
  const failed = checks.filter((check) =>
    spawnSync(command, [...args, ...check], { cwd: folder, stdio: "inherit" }).status !== 0
  );
  return failed.length === 0 ? 0 : 1;
}
