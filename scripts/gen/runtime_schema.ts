/**
 * The two schema outputs of the pinned runtime, from the runtime itself or from dumps of it.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import process from "node:process";
import { pinnedRuntime, readManifest } from "../lib/project.ts";
import type { SchemaSet } from "./json_schema.ts";

/** Both outputs of one runtime. */
export interface RuntimeSchema {
  readonly codexVersion: string;
  readonly stable: SchemaSet;
  readonly experimental: SchemaSet;
}

/** Runs the runtime that `from` (a file or folder of the checkout) has installed. */
export function runRuntime(from: string): RuntimeSchema {
  const { binary, version } = findRuntime(from);
  const folder = mkdtempSync(join(tmpdir(), "codex-schema-"));
  try {
    const dump = (name: string, ...flags: readonly string[]) => {
      const out = join(folder, name);
      const env = { ...process.env, CODEX_HOME: folder };
      execFileSync(binary, ["app-server", "generate-json-schema", ...flags, "--out", out], { env, stdio: "pipe" });
      return readSet(out);
    };
    return { codexVersion: version, stable: dump("stable"), experimental: dump("experimental", "--experimental") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the dumps in `folder/stable` and `folder/experimental`, which the pinned runtime made. */
export function readDumps(folder: string, from: string): RuntimeSchema {
  const codexVersion = pinnedRuntime(readManifest(from));
  return { codexVersion, stable: readSet(join(folder, "stable")), experimental: readSet(join(folder, "experimental")) };
}

/** The binary of the installed `@openai/codex` for this platform. */
export function findRuntime(from: string): { readonly binary: string; readonly version: string } {
  const version = pinnedRuntime(readManifest(from));
  const name = `@openai/codex-${process.platform}-${process.arch}`;
  try {
    const main = createRequire(join(from, "deno.json")).resolve("@openai/codex/package.json");
    const vendor = join(dirname(createRequire(main).resolve(`${name}/package.json`)), "vendor");
    const [triple] = readdirSync(vendor);
    const binary = join(vendor, triple!, "bin", process.platform === "win32" ? "codex.exe" : "codex");
    return { binary, version };
  } catch (cause) {
    throw new Error(`${name}@${version} is not installed below ${from}. Run: deno install`, { cause });
  }
}

/** Reads one output of `generate-json-schema`. */
export function readSet(folder: string): SchemaSet {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  return new Map(files.sort().map((file) => [file.split(sep).join("/"), readFileSync(join(folder, file), "utf8")]));
}
