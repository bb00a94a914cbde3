/**
 * Prepares the tests that look at pages in a browser, whose packages are their own; or checks their types and format.
 *
 *     deno run -A scripts/browser.ts
 *     deno run -A scripts/browser.ts check
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { checkFolder, installOwnPackages } from "./lib/own_packages.ts";
import { ROOT } from "./lib/project.ts";

/** The folder of these tests. */
export const BROWSER: string = join(ROOT, "tests/browser");

/** Installs what the tests need. */
export function prepareBrowser(): void {
  installOwnPackages(BROWSER, "a driver for browsers, and Chromium (100 MB, once)");
}

if (import.meta.main) {
  prepareBrowser();
  process.exit(process.argv[2] === "check" ? checkFolder(BROWSER) : 0);
}
