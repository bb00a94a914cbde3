/**
 * Prepares the tests that look at pages in a browser, whose packages are their own; or checks their types and format.
 *
 *     deno run -A scripts/browser.ts
 *     deno run -A scripts/browser.ts check
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { installOwnPackages } from "./lib/own_packages.ts";
import { ROOT, TOOLS } from "./lib/project.ts";

/** The folder of these tests. */
export const BROWSER: string = join(ROOT, "tests/browser");

/** Installs what the tests need. */
export function prepareBrowser(): void {
  installOwnPackages(BROWSER, "a driver for browsers, and Chromium (100 MB, once)");
}

function deno(folder: string, ...given: readonly string[]): number {
  const { command, args } = TOOLS.deno;
  return spawnSync(command, [...args, ...given], { cwd: folder, stdio: "inherit" }).status ?? 1;
}

if (import.meta.main) {
  prepareBrowser();
  let status = 0;
  if (process.argv[2] === "check") {
    for (const args of [["check", "."], ["lint"], ["fmt", "--check"]]) status ||= deno(BROWSER, ...args);
  }
  process.exit(status);
}
