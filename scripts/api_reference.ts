// deno-lint-ignore-file no-console -- a command line tool
/**
 * Makes docs/api-reference.md of the doc comments; with `--check`, only compares.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { API_REFERENCE, apiReference } from "./lib/api_reference.ts";
import { ROOT } from "./lib/project.ts";

const path = join(ROOT, API_REFERENCE);
const made = await apiReference();
if (!process.argv.includes("--check")) {
  writeFileSync(path, made);
  console.log(`${API_REFERENCE} is up to date`);
} else if (readFileSync(path, "utf8") !== made) {
  console.log(`${API_REFERENCE} is not what the doc comments say: run \`deno task docs:api\``);
  process.exitCode = 1;
}
