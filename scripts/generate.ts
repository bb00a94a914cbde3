/**
 * Writes `gen/` from the schema of the pinned runtime.
 *
 *     deno task gen                          run the installed runtime, write gen/
 *     deno task gen --check                  write nothing; fail if gen/ is not what would be written
 *     deno task gen --schema-dir DIR         read the dumps DIR/stable and DIR/experimental instead of running it
 *     deno task gen --out DIR                write (or check) DIR instead of gen/
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generate } from "./gen/generate.ts";
import { readDumps, runRuntime } from "./gen/runtime_schema.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const { values } = parseArgs({
  options: { check: { type: "boolean" }, out: { type: "string" }, "schema-dir": { type: "string" } },
});
const out = values.out ?? join(root, "gen");
const dumps = values["schema-dir"];
const files = generate(dumps === undefined ? runRuntime(root) : readDumps(dumps, root));

if (values.check === true) {
  const stale = differing();
  if (stale.length > 0) {
    process.stderr.write(`${out} is not what the pinned runtime says:\n  ${stale.join("\n  ")}\nRun: deno task gen\n`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(out, { recursive: true });
  for (const file of extra()) rmSync(join(out, file));
  for (const [name, text] of files) writeFileSync(join(out, name), text);
}

function differing(): string[] {
  const present = new Set(existing());
  const changed = [...files].filter(([name, text]) =>
    present.has(name) && readFileSync(join(out, name), "utf8") !== text
  );
  return [
    ...changed.map(([name]) => `${name} differs`),
    ...[...files.keys()].filter((name) => !present.has(name)).map((name) => `${name} is missing`),
    ...extra().map((name) => `${name} is not generated any more`),
  ].sort();
}

/** Files of ours that would not be written any more. Other files are not touched. */
function extra(): string[] {
  return existing().filter((name) => /\.(ts|json)$/.test(name) && !files.has(name));
}

function existing(): string[] {
  try {
    return readdirSync(out);
  } catch {
    return [];
  }
}
