import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { compareVersions } from "../../src/util/versions.ts";
import { must } from "./subprocess.ts";

/** Where downloads are kept, outside of the checkout: `CODEX_VERSIONS_CACHE`, else in the user's own cache. */
export const CACHE: string = process.env["CODEX_VERSIONS_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "codex-app-server-sdk", "codex");

/** The versions that are part of the gate: the oldest that is supported, and one in the middle, with the present layout. */
export const GATE_VERSIONS: readonly string[] = ["0.120.0", "0.147.0"];

/** The binary of a version that was downloaded before, or `null`. */
export function codexAtHand(version: string): string | null {
  const folder = join(CACHE, version);
  return existsSync(folder) ? binaryBelow(folder) : null;
}

/** The binary of a published version of codex for this platform; downloaded once, 100 to 150 MB. */
export async function codexOfVersion(version: string): Promise<string> {
  const folder = join(CACHE, version);
  if (!existsSync(folder)) await download(version, folder);
  return binaryBelow(folder);
}

/** Every published release, oldest first; pre-releases are left out. */
export async function publishedVersions(): Promise<string[]> {
  const text = await must("npm", ["view", "@openai/codex", "versions", "--json"], { timeoutMs: 60_000 });
  const all: string[] = JSON.parse(text);
  return all.filter((version) => /^\d+\.\d+\.\d+$/.test(version)).sort(compareVersions);
}

/**
 * Where the schema of a version is, experimental parts included; asked of its binary once. The binary does not stay for
 * that.
 */
export async function schemaOfVersion(version: string): Promise<string> {
  const out = join(CACHE, "schemas", version);
  if (existsSync(out)) return out;
  const kept = existsSync(join(CACHE, version));
  const binary = await codexOfVersion(version);
  const temp = mkdtempSync(join(CACHE, ".schema-"));
  try {
    const args = ["app-server", "generate-json-schema", "--experimental", "--out", join(temp, "schema")];
    await must(binary, args, { timeoutMs: 120_000, env: { CODEX_HOME: temp } });
    mkdirSync(dirname(out), { recursive: true });
    renameSync(join(temp, "schema"), out);
  } finally {
    rmSync(temp, { recursive: true, force: true });
    if (!kept) rmSync(join(CACHE, version), { recursive: true, force: true });
  }
  return out;
}

async function download(version: string, folder: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  // Beside its place, so that it gets there whole, and in one step.
  const temp = mkdtempSync(join(CACHE, ".download-"));
  try {
    const name = `codex-${process.platform}-${process.arch}`;
    const wanted = `@openai/${name}@npm:@openai/codex@${version}-${process.platform}-${process.arch}`;
    const flags = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", temp];
    // A cache of its own: npm would keep each download a second time, for good.
    const args = ["install", ...flags, "--cache", join(temp, "npm"), wanted];
    await must("npm", args, { cwd: temp, timeoutMs: 600_000 });
    renameSync(join(temp, "node_modules/@openai", name), folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** The binary in a package of either layout. */
function binaryBelow(folder: string): string {
  const file = process.platform === "win32" ? "codex.exe" : "codex";
  const vendor = join(folder, "vendor");
  for (const triple of readdirSync(vendor)) {
    for (const part of ["bin", "codex"]) {
      const path = join(vendor, triple, part, file);
      if (existsSync(path)) return path;
    }
  }
  throw new Error(`There is no codex binary in ${folder}, neither in vendor/TRIPLE/bin nor in vendor/TRIPLE/codex`);
}
