// deno-lint-ignore-file no-console -- a command line tool
/**
 * Builds the npm package and writes its sizes to docs/size.md.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildNpm } from "./build_npm.ts";
import { measure, SIZE_FILE, sizeTable } from "./lib/package_size.ts";
import { ROOT } from "./lib/project.ts";

const temp = mkdtempSync(join(tmpdir(), "codex-sdk-size-"));
try {
  const folder = join(temp, "package");
  const tarball = await buildNpm({ out: folder });
  const table = sizeTable(await measure(folder, tarball));
  writeFileSync(join(ROOT, SIZE_FILE), table);
  console.log(table);
} finally {
  rmSync(temp, { recursive: true, force: true });
}
process.exit(0); // esbuild's service would keep this alive
