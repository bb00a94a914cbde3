// deno-lint-ignore-file no-console -- a command line tool
/**
 * Compiles the rooms that must run anywhere with a library that knows no Deno, no Node and no Bun.
 *
 * @module
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { findFiles } from "./lib/find_files.ts";
import { TOOLS } from "./lib/project.ts";
import { must, run } from "./lib/subprocess.ts";

/** The rooms that know Web platform APIs alone. */
const CORE = [
  "src/schema",
  "gen",
  "src/errors.ts",
  "src/util",
  "src/transport",
  "src/frame",
  "src/message",
  "src/router",
  "src/tools",
  "src/client",
  "src/policies",
  "src/state",
  "src/ai_sdk",
  "src/otel",
  "mod.ts",
];

const files = CORE.filter((path) => existsSync(path)).flatMap((path) => findFiles(path))
  .filter((file) => file.endsWith(".ts"));
const { command, args } = TOOLS.deno;
const { code, output } = await run(command, [...args, "check", "--config", "core.deno.json", ...files], {
  timeoutMs: 180_000,
});
if (code !== 0) console.error(output);
// A single `node:` import would bring Node's global types along, and `process` would compile everywhere.
const info = await must(command, [...args, "info", "--json", "--config", "core.deno.json", "mod.ts"], {
  timeoutMs: 60_000,
});
const hosts = (JSON.parse(info).modules as { specifier: string }[]).filter(({ specifier }) =>
  specifier.startsWith("node:")
);
if (hosts.length > 0) throw new Error(`the core reaches ${hosts.map(({ specifier }) => specifier).join(", ")}`);
console.log(
  `${files.length} files of the core ${code === 0 ? "compile" : "do not compile"} with the Web platform alone`,
);
process.exit(code);
